"""Every table there is, in one place for migrations and for the test that holds both together."""

from dashboard import audit
from dashboard.accounts import tables as accounts
from dashboard.database.base import Base
from dashboard.orders import tables as orders

TABLES = (
    accounts.Person,
    accounts.SignIn,
    accounts.Attempts,
    orders.StockRequest,
    audit.Entry,
    orders.Known,
)
METADATA = Base.metadata
