"""The account's clock. Tests set it, so that lock dates and deletion dates are the same on every day of the year."""
from datetime import datetime, timezone

_fixed: datetime | None = None


def parse(text: str) -> datetime:
    """RFC 3339 text; without an offset it is UTC."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def set_to(moment: datetime | None) -> None:
    """Stops the clock at a moment; None lets the machine's clock run again."""
    global _fixed
    _fixed = moment


def now() -> datetime:
    return _fixed or datetime.now(timezone.utc)


def _utcnow() -> datetime:
    """As moto has it: UTC without saying so."""
    return now().replace(tzinfo=None)


def _unix_time(moment: datetime | None = None) -> float:
    moment = moment or _utcnow()
    return (moment.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()


def install() -> None:
    import moto.backup.models
    import moto.kms.models
    import moto.s3.models

    for module in (moto.backup.models, moto.kms.models, moto.s3.models):
        for name, own in (("utcnow", _utcnow), ("unix_time", _unix_time)):
            if hasattr(module, name):
                setattr(module, name, own)
