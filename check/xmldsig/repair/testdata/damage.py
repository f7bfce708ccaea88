"""What Python programs do to XML: a function of a list of texts, from JSON to JSON."""
import codecs
import html
import json
import re
import sys
import unicodedata
import xml.dom.minidom
import xml.etree.ElementTree as ET

KNOWN = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xs": "http://www.w3.org/2001/XMLSchema",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}


def values(text, f):
    return re.sub(r">([^<>]*\S[^<>]*)</", lambda m: ">" + f(m.group(1)) + "</", text)


def minidom(text):
    return xml.dom.minidom.parseString(text.encode()).toprettyxml(indent="  ")


def elementtree(text):
    ET._namespace_map.clear()
    return ET.tostring(ET.fromstring(text.encode()), encoding="unicode")


def elementtree_indent(text):
    ET._namespace_map.clear()
    for prefix, uri in re.findall(r'xmlns:([\w.-]+)="([^"]*)"', text):
        ET.register_namespace(prefix, uri)
    root = ET.fromstring(text.encode())
    ET.indent(root)
    return ET.tostring(root, encoding="unicode")


def json_escape(text):
    return codecs.decode(json.dumps(text, ensure_ascii=False)[1:-1].encode(), "unicode_escape")


def unescape(text):
    return values(text, lambda v: html.escape(html.unescape(html.unescape(v)), quote=False))


def escape(text):
    return values(text, lambda v: html.escape(v))


def nfd(text):
    return unicodedata.normalize("NFD", text)


def nfc(text):
    return unicodedata.normalize("NFKC", text)


def joined(text):
    return "".join(line.strip() for line in text.splitlines())


json.dump([globals()[sys.argv[1]](text) for text in json.load(sys.stdin)], sys.stdout)
