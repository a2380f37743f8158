"""What presidio names most often in columns: lists of values come as JSON, names of its entities go as JSON.

Its recognizers of forms and check digits alone, without a language model, which would have to be downloaded. It needs
other versions of libraries than this program, so it runs in an environment of its own; see bench_privacy_types.py.
"""

from __future__ import annotations

import json
import sys
from collections import Counter

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine


class Blank(SpacyNlpEngine):
    """An engine without a model."""

    def __init__(self) -> None:
        super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
        self.nlp = {"en": spacy.blank("en")}

    def load(self) -> None:
        """There is nothing to load."""


def main() -> None:
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())  # it would ask the network otherwise
    engine = Blank()
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    analyzer = AnalyzerEngine(nlp_engine=engine, registry=registry, supported_languages=["en"])
    found = []
    for values in json.load(sys.stdin):
        best: Counter[str] = Counter()
        for value in values:
            entities = analyzer.analyze(value, language="en")
            if entities:
                best[max(entities, key=lambda entity: entity.score).entity_type] += 1
        name, count = best.most_common(1)[0] if best else ("", 0)
        found.append(name if 2 * count >= len(values) else "")
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
