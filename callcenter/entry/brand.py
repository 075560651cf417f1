"""Draws the name of the product."""

import reflex as rx

from callcenter.platform.reflex import texts as reflex_texts


def brand() -> rx.Component:
    return rx.el.div(rx.el.img(src="/favicon.svg", alt=""), rx.el.span(reflex_texts.BRAND), class_name="cc-brand")
