"""Every column that points at a person is known to merging and erasing."""

from opscom.office.people.relations import RELATIONS, Kept, all_relations


def test_every_column_that_points_at_a_person_is_named() -> None:
    named, found = {relation.label for relation in RELATIONS}, set(all_relations())
    assert (sorted(found - named), sorted(named - found)) == ([], [])
    assert len(named) == len(RELATIONS)


def test_what_is_left_alone_has_a_reason() -> None:
    for relation in RELATIONS:
        kept = [part for part in (relation.merge, relation.erase) if isinstance(part, Kept)]
        assert all(len(part.why) > 10 for part in kept), relation.label


def test_what_moves_is_named_in_the_preview() -> None:
    assert [relation.label for relation in RELATIONS if relation.merge is None and not relation.words] == []
