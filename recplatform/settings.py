"""Settings, all of them from the environment: `.env.example` lists every variable with its meaning."""

from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from recplatform import embedded
from recplatform.env import env_bool, env_int, env_list, env_secret, env_str, env_url, is_web_process
from recplatform.model_storage import model_storage, upload_storage
from recplatform.unfold import SIDEBAR

django_stubs_ext.monkeypatch()  # Django's generic classes can be written with their type: ModelAdmin[Item]

BASE_DIR = Path(__file__).resolve().parent.parent
EMBEDDED_DATABASE = not env_str("DATABASE_URL")
EMBEDDED_REDIS = not env_str("REDIS_URL")
DATA_DIR = embedded.data_folder()
DATASETS_DIR = Path(env_str("RECPLATFORM_DATASETS", str(BASE_DIR.parent / "shared" / "datasets")))

# --- Security ---------------------------------------------------------------------------------------------------
DEBUG = env_bool("RECPLATFORM_DEBUG")
KEY_WAY_OUT = (
    "make one with `python -c 'import secrets; print(secrets.token_urlsafe(50))'` and keep it out of the repository. "
    "(It is required because DATABASE_URL is set; with the embedded database one is generated into the data folder.)"
)
if EMBEDDED_DATABASE and not env_str("RECPLATFORM_SECRET_KEY"):
    SECRET_KEY = embedded.generated_secret("secret_key")
else:
    SECRET_KEY = env_secret("RECPLATFORM_SECRET_KEY", way_out=KEY_WAY_OUT)
ALLOWED_HOSTS = env_list("RECPLATFORM_ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]"))
CSRF_TRUSTED_ORIGINS = env_list("RECPLATFORM_CSRF_TRUSTED_ORIGINS")
# HTTPS is the production default; the embedded installation serves plain HTTP on this machine only.
HTTPS = env_bool("RECPLATFORM_HTTPS", default=not EMBEDDED_DATABASE and not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = env_int("RECPLATFORM_HSTS_SECONDS", 31_536_000 if HTTPS else 0, minimum=0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env_bool("RECPLATFORM_HSTS_SUBDOMAINS")
# Whether HSTS covers the whole domain is for its owner to say, not for a default that cannot be taken back.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
BEHIND_PROXY = env_bool("RECPLATFORM_BEHIND_PROXY")
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# So many failures of a name (ten times as many of an address) in so many minutes: sign-in has to wait.
SIGN_IN_FAILURES = env_int("RECPLATFORM_SIGN_IN_FAILURES", 5, minimum=1)
SIGN_IN_WAIT_MINUTES = env_int("RECPLATFORM_SIGN_IN_WAIT_MINUTES", 15, minimum=1)
DATA_UPLOAD_MAX_MEMORY_SIZE = env_int("RECPLATFORM_MAX_BODY_MB", 32, minimum=1) * 1024 * 1024
MAX_UPLOAD_MB = env_int("RECPLATFORM_MAX_UPLOAD_MB", 200, minimum=1)  # of a file to import, in the admin

# --- Applications -----------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "recplatform",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "catalog.apps.CatalogConfig",
    "users.apps.UsersConfig",
    "recommender.apps.RecommenderConfig",
]
AUTH_USER_MODEL = "users.User"
# Who may do what in which catalog: `catalog.admin_pages` asks both, and imports neither.
AUTHENTICATION_BACKENDS = ["users.role_backend.RoleBackend"]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "recplatform.language.AdminLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "recplatform.urls"
WSGI_APPLICATION = "recplatform.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
# The admin's languages: the browser's wish decides until somebody clicks another. The API speaks as its requests say.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 86_400
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "UTC"
USE_TZ = True

# --- Static files, served by the web process itself ---------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = env_str("RECPLATFORM_STATIC_ROOT") or None
# Without `collectstatic` (the demo, tests, development) files are found where the packages keep them.
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": upload_storage(DATA_DIR),  # private: nothing serves it
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if WHITENOISE_USE_FINDERS
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
    "models": model_storage(DATA_DIR),
}
# Files of model versions that this machine uses, held against their checksums.
MODEL_CACHE_DIR = DATA_DIR / "model-cache"

# --- Database ---------------------------------------------------------------------------------------------------
STATEMENT_TIMEOUT_MS = env_int("RECPLATFORM_STATEMENT_TIMEOUT_MS", 5_000, minimum=0)
# ef_search stays above the 300 neighbours that a request asks for, or the index silently returns fewer.
CONNECTION_OPTIONS = "-c hnsw.ef_search=400 -c hnsw.iterative_scan=relaxed_order -c jit=off"


def _database() -> dict[str, Any]:
    url = env_url(
        "DATABASE_URL",
        schemes=("postgres", "postgresql"),
        example="postgresql://recplatform:PASSWORD@127.0.0.1:5432/recplatform",
    )
    try:
        database: dict[str, Any] = dict(dj_database_url.parse(url)) if url else embedded.database_settings()
    except (ValueError, dj_database_url.ParseError):
        raise ImproperlyConfigured(
            "DATABASE_URL cannot be read: write postgresql://USER:PASSWORD@HOST:PORT/NAME and percent-encode "
            "special characters of the password."
        ) from None
    limit = STATEMENT_TIMEOUT_MS if is_web_process() else 0
    options = {
        "connect_timeout": 3,
        "prepare_threshold": 3,
        "options": f"{CONNECTION_OPTIONS} -c statement_timeout={limit}",
        **(database.get("OPTIONS") or {}),
    }
    return {**database, "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}


DATABASES = {"default": _database()}

# --- Redis: cache and broker --------------------------------------------------------------------------------------
REDIS_URL = (
    env_url("REDIS_URL", schemes=("redis", "rediss", "unix"), example="redis://127.0.0.1:6379/0")
    or embedded.redis_url()
)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "recplatform",
        "TIMEOUT": 86_400,
        # A Redis that hangs must not hold an answer back.
        "OPTIONS": {"socket_connect_timeout": 0.25, "socket_timeout": 0.25},
    }
}

# --- Celery -----------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 6 * 3600,  # longer than the longest training, which would else be delivered twice
    "socket_connect_timeout": 1,
    "socket_timeout": 1 if is_web_process() else 5,
    # A request that cannot reach the broker gives up at once: what is stale is found by beat later.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES: dict[str, dict[str, Any]] = {"default": {}, "encode": {}, "train": {}}
CELERY_TASK_ROUTES = {
    "recommender.tasks.encode*": {"queue": "encode"},
    "recommender.tasks.build_space*": {"queue": "encode"},
    "recommender.tasks.refresh*": {"queue": "train"},
    "recommender.tasks.count_experiments": {"queue": "train"},
    "recommender.tasks.train_pipeline": {"queue": "train"},
    "recommender.tasks.make_scorecard": {"queue": "train"},
}
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # the default one keeps its intervals in a pickle
CELERY_BEAT_SCHEDULE = {
    "encode what is stale": {"task": "recommender.tasks.encode_stale", "schedule": 30.0},
    "refresh neighbours and counters": {"task": "recommender.tasks.refresh_catalogs", "schedule": 600.0},
    "count experiments": {"task": "recommender.tasks.count_experiments", "schedule": 600.0},
    "count the last days": {"task": "recommender.tasks.count_days", "schedule": 180.0},
    "train what is due": {"task": "recommender.tasks.train_due", "schedule": 600.0},
    "sweep": {"task": "recommender.tasks.sweep", "schedule": 3600.0},
    "pick up imports": {"task": "catalog.tasks.pick_up_imports", "schedule": 60.0},
    "sweep uploads": {"task": "catalog.tasks.sweep_uploads", "schedule": 3600.0},
}

# --- Import ------------------------------------------------------------------------------------------------------
# What the import wizard imports. Profiles and events lie above `catalog`, which finds them here.
IMPORT_KINDS = {
    "items": "catalog.wizard.catalog_kinds.ITEMS",
    "relations": "catalog.wizard.catalog_kinds.RELATIONS",
    "profiles": "users.importers.kinds.PROFILES",
    "events": "users.importers.kinds.EVENTS",
}

# --- Recommendations ----------------------------------------------------------------------------------------------
KEEP_ANSWERS_DAYS = env_int("RECPLATFORM_KEEP_ANSWERS_DAYS", 365, minimum=1)
TRAIN_HOUR = env_int("RECPLATFORM_TRAIN_HOUR", 3, minimum=-1, maximum=23)  # of TIME_ZONE
TRAIN_GROWTH = env_int("RECPLATFORM_TRAIN_GROWTH", 30, minimum=0)  # per cent
LOAD_ENCODERS_AT_START = env_bool("RECPLATFORM_LOAD_ENCODERS_AT_START")
DEMO = env_bool("RECPLATFORM_DEMO")  # the page at / answers visitors without a key

# --- API --------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["users.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["users.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["recplatform.json.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["recplatform.json.OrjsonParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "recplatform.problems.problem_details",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "recplatform",
    "DESCRIPTION": "Recommendations from the first sentence a visitor writes.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",  # pydantic's schemas are JSON Schema 2020-12, with null as a type
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_PATCH": False,  # requests and answers have classes of their own, with names of their own
}
UNFOLD = {
    "SITE_TITLE": "recplatform",
    "SITE_HEADER": "recplatform",
    "SITE_SYMBOL": "recommend",
    "SHOW_HISTORY": True,
    "SHOW_LANGUAGES": True,
    "SIDEBAR": SIDEBAR,
    "LOGIN": {"form": "users.sign_in.SignInForm"},
    "DASHBOARD_CALLBACK": "recommender.admin.home.dashboard",
    "STYLES": [lambda _request: static("recplatform/admin.css")],
    "SCRIPTS": [lambda _request: static("recplatform/admin_names.js")],
}
# --- Log: one line per event on standard error --------------------------------------------------------------------
LOG_LEVEL = env_str("RECPLATFORM_LOG_LEVEL", "INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
}
