"""Items, seen whole. Their form is in `catalog.admin`; what stands around an item lies above it, hence this page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from catalog.admin import ItemAdmin
from catalog.admin_decorators import display
from catalog.admin_pictures import picture
from catalog.models import Item
from recommender.admin.item_page import page

admin.site.unregister(Item)


@admin.register(Item)
class ItemPage(ItemAdmin):
    """The list with pictures; above an item's form its picture, text, neighbours, and where it was shown."""

    change_form_template = "recommender/admin/item.html"

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """With the picture."""
        return ["image", *super().get_list_display(request)]

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> list[Any]:
        """The title leads to the page: a picture has no words."""
        return ["named"]

    @display(description=_("Picture"))
    def image(self, item: Item) -> str:
        """The picture or its placeholder."""
        return picture(item.image_url, item.url)

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        """With the panels, unless a mistake in the form below is what must be seen, or a small window is open."""
        item = options["obj"]
        if item is not None and request.method == "GET" and not context["is_popup"]:
            context["page"] = page(item)
        return super().render_change_form(request, context, *arguments, **options)
