"""The web door under a production server: ``gunicorn 'service.wsgi:create()'``."""

import logging

from flask import Flask

from service import demo
from service.app import create_app
from workflows import wiring
from workflows.settings import from_environment


def create() -> Flask:
    """One application around one workplace, from this environment's settings."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    workplace = wiring.build(from_environment())
    return create_app(workplace, demo_accounts=demo.accounts(workplace), demo_password=demo.password(workplace))
