"""Forms whose labels are equally wide, so that the parts of a panel stand under each other."""

from __future__ import annotations

from qtpy.QtWidgets import QComboBox, QFormLayout, QLabel, QLayout, QWidget

#: The longest label of the panels.
WIDEST_LABEL = "Diameter"
NARROWEST_LIST = 80


def form_layout(parent: QWidget) -> QFormLayout:
    """Return a form without margins as the layout of `parent`."""
    form = QFormLayout(parent)
    form.setContentsMargins(0, 0, 0, 0)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form


def add_row(form: QFormLayout, text: str, field: QWidget | QLayout) -> None:
    """Add a field with its label; a list is allowed to be narrower than its longest entry."""
    for box in [field] if isinstance(field, QComboBox) else field.findChildren(QComboBox):
        box.setMinimumWidth(NARROWEST_LIST)
    label = QLabel(text)
    label.setMinimumWidth(label.fontMetrics().horizontalAdvance(WIDEST_LABEL) + 8)
    form.addRow(label, field)
