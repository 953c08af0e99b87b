"""Items and relations, as the wizard imports them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.importers.items import save_item_rows
from catalog.importers.relations import save_relation_rows
from catalog.relation_upsert import refused_relations
from catalog.rows import ItemRow, RelationRow
from catalog.wizard.kinds import Field, ImportKind, nothing_refused

ITEMS = ImportKind(
    row=ItemRow,
    label=_("Items"),
    fields={
        "item_id": Field(_("Id"), "id sku item product_id article_id external_id asin movieid 编号 商品编号 商品id"),
        "title": Field(_("Title"), "name item_name product_name product_title headline 标题 名称 商品名称 商品名 书名"),
        "description": Field(
            _("Description"), "text body body_html summary abstract content long_description 描述 简介 详情"
        ),
        "categories": Field(
            _("Categories"), "category genre genres product_type google_product_category section 分类 类别 类目"
        ),
        "tags": Field(_("Tags"), "tag keywords labels 标签 关键词"),
        "attributes": Field(_("Attributes"), "properties"),
        "language": Field(_("Language"), "lang locale 语言"),
        "url": Field(_("Address of its page"), "link page product_url item_url permalink 链接 网址"),
        "image_url": Field(
            _("Address of its picture"), "image image_link image_src picture photo poster 图片 图片链接"
        ),
        "price": Field(_("Price"), "regular_price sale_price variant_price amount 价格 售价 单价"),
        "published_at": Field(
            _("Published"), "published date created_at created release_date pub_date 发布时间 上架时间 日期"
        ),
        "expires_at": Field(_("Expires"), "expires valid_until end_date 过期时间 下架时间"),
        "available": Field(_("Available"), "availability in_stock instock active enabled 有货 在售"),
    },
    required=(("item_id",), ("title",)),
    fixed=("language",),
    save=save_item_rows,
    check=nothing_refused,
    page="catalog_item",
    unique="item_id",
    attribute_names="brand vendor color colour size material gender season style author artist year "
    "品牌 颜色 尺码 尺寸 材质 性别 季节 风格 作者 年份",
)

RELATIONS = ImportKind(
    row=RelationRow,
    label=_("Relations"),
    fields={
        "head_item_id": Field(_("Id of the item"), "head from source item_id item id sku 商品编号"),
        "relation": Field(_("Relation"), "predicate type kind 关系"),
        "tail_item_id": Field(_("Id of the other item"), "tail to target other_item_id"),
        "tail_name": Field(_("Name that it points to"), "name value object entity 名称"),
        "weight": Field(_("Weight"), "score strength 权重"),
    },
    required=(("head_item_id",), ("relation",), ("tail_item_id", "tail_name")),
    fixed=("relation",),
    save=save_relation_rows,
    check=refused_relations,
    page="catalog_relation",
)
