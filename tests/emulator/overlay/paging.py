"""Page sizes. AWS bounds what one page may hold; a test bounds it lower, so that a small account has several pages."""
_limit: int | None = None


def limit_to(size: int | None) -> None:
    """No list answers more than this at once; None: as AWS has it."""
    global _limit
    _limit = size


def size(asked, most: int) -> int:
    """How many rows the next page has."""
    wanted = int(asked) if asked else most
    return max(1, min(wanted, most, _limit or most))


def cut(rows: list, token: str | None, asked, most: int) -> tuple[list, str | None]:
    """One page and the token of the next. Raises ValueError for a token that is none of ours."""
    start = int(token) if token else 0
    end = start + size(asked, most)
    return rows[start:end], str(end) if end < len(rows) else None
