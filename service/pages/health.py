"""For load balancers and containers: is the web server up, and does it reach its database?"""

from flask import Blueprint
from sqlalchemy import text

from service import auth
from service.context import the_workplace

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@auth.public
def healthz() -> str:
    with the_workplace().reading(None) as session:
        session.execute(text("SELECT 1"))
    return "ok"
