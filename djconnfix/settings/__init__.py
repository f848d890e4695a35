"""Settings, evaluated abstractly: what DATABASES and MIDDLEWARE are without running anything."""
