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


def install() -> None:
    """Holds moto's own pages to the limit too."""
    from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend

    own = ResourceGroupsTaggingAPIBackend.get_resources

    def get_resources(self, *args, **kwargs):
        # Resources that are asked for by ARN come all at once: AWS refuses paging there (GetResources, ResourceARNList).
        if not kwargs.get("resource_arn_list"):
            kwargs["resources_per_page"] = size(kwargs.get("resources_per_page"), 100)
        return own(self, *args, **kwargs)

    ResourceGroupsTaggingAPIBackend.get_resources = get_resources
