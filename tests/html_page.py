"""A page as a browser reads it, for the tests of reports."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """Tags that stay open, ids, and addresses outside the page."""

    void = ("meta", "br", "path", "use", "rect", "line", "circle", "link", "img")

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.addresses = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag not in self.void:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in ("src", "href", "xlink:href") and not value.startswith("#"):
                self.addresses.append(value)

    def handle_endtag(self, tag):
        if tag not in self.void:
            assert self.open.pop() == tag
