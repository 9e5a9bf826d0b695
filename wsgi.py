"""What a WSGI server serves: `granian wsgi:application --interface wsgi`."""

from app.config import Settings
from app.factory import create_app

application = create_app(Settings.from_env())
