from infra.ui.models.notification import Notification
from infra.ui.models.preference import Preference
from infra.ui.models.saved_view import SavedView

__all__ = ["Notification", "Preference", "SavedView"]
