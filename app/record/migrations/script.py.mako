"""${message}"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from app.record.migrations import guards

${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """Add what the sentence above names."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
