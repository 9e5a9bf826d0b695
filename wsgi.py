"""What a WSGI server serves: `granian wsgi:application --interface wsgi`."""

from app.config import Settings
from app.core import logs, slow_queries
from app.factory import create_app

logs.install("web")
slow_queries.install()
application = create_app(Settings.from_env())
