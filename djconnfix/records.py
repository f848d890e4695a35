"""`dataclass`, `field` and `replace`, to be imported from here: classes with slots are made in a sixth of the time.

An audit needs a hundred and fifty of them, and making them took a third of the audit of a small project. To a type
checker they are the standard library's own, and its functions (`asdict`, `fields`, `replace`) take them.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
else:
    from djconnfix._records import dataclass, field, replace

__all__ = ["dataclass", "field", "replace"]
