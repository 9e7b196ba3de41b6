"""Silent risks here: a bound below what a choice covers, so that a wrong choice is called proven; a base settled that the
best choice needs; edges that drift from what holds the corner; a search that gives up and is believed."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo.access.kernels import BoolArray, FloatArray
from geo.drawdown import cover, cover_search
from geo.drawdown.cover import Cover, best_open
from geo.drawdown.cover_kernels import CLOSED, FREE, OPEN, bounded, renew
from geo.drawdown.cover_search import search

Question = tuple[BoolArray, FloatArray, int]  # which base reaches which group, weights, bases that stay


@st.composite
def questions(draw: st.DrawFn, most_bases: int = 12) -> Question:
    """Groups of any bases, of bases near by, of two bases each, of neighbours on a ring; ties and nothing among weights."""
    bases, groups = draw(st.integers(2, most_bases)), draw(st.integers(0, 60))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    match draw(st.sampled_from(("any", "near", "pairs", "ring"))):
        case "any":
            reaches = random.random((bases, groups)) < draw(st.sampled_from((0.1, 0.3, 0.7)))
        case "near":
            apart = random.random((bases, 1, 2)) - random.random((groups, 2))
            reaches = np.hypot(apart[..., 0], apart[..., 1]) < draw(st.sampled_from((0.15, 0.3)))
        case "pairs":
            reaches = np.argsort(random.random((bases, groups)), axis=0) < 2
        case _:
            reaches = (np.arange(bases)[:, None] - np.arange(groups)) % bases < 2
    weight = draw(
        st.sampled_from(
            (
                np.ones(groups),
                np.round(random.pareto(1.2, groups) * 100),
                random.integers(0, 3, groups).astype(float),
                random.random(groups) * 1e6,
                random.random(groups) * 1e-6,
            )
        )
    )
    return reaches, weight, draw(st.integers(1, bases - 1))


def covered(reaches: BoolArray, weight: FloatArray, chosen: tuple[int, ...]) -> float:
    return float(weight[reaches[list(chosen)].any(axis=0)].sum())


def noise_of(weight: FloatArray) -> float:
    return 1e-9 * float(weight.sum())


@settings(max_examples=300, deadline=None)
@given(questions())
def test_the_search_finds_what_looking_at_all_choices_finds(question: Question) -> None:
    reaches, weight, count = question
    is_open, proven = search(reaches, weight, count, noise=noise_of(weight), most_branches=10_000)
    best = max(covered(reaches, weight, chosen) for chosen in combinations(range(len(reaches)), count))
    assert proven
    assert is_open.sum() == count
    assert covered(reaches, weight, tuple(np.flatnonzero(is_open))) >= best - 2 * noise_of(weight)


@settings(max_examples=150, deadline=None)
@given(questions(), st.data())
def test_no_bound_is_below_a_choice_that_keeps_the_marks(question: Question, data: st.DataObject) -> None:
    reaches, weight, count = question
    chosen = np.zeros(len(reaches), dtype=bool)
    chosen[data.draw(st.permutations(range(len(reaches))))[:count]] = True
    shown = np.array(data.draw(st.lists(st.booleans(), min_size=len(reaches), max_size=len(reaches))))
    marks = np.where(shown, np.where(chosen, OPEN, CLOSED), FREE).astype(np.int8)
    lists = cover_search._lists_of(reaches, weight)
    corner = cover_search._first_corner(lists, np.arange(len(reaches)) < count)
    asked = (1.5 * float((reaches @ weight).max()) + 1.0, count, -1.0)
    for moves in (0, 1, data.draw(st.integers(2, 20)), 1_000):
        bound, _ = bounded(lists, corner, marks, asked, moves, np.empty(len(reaches)))
        assert bound >= covered(reaches, weight, tuple(np.flatnonzero(chosen))) - noise_of(weight)


@settings(max_examples=100, deadline=None)
@given(questions(), st.integers(1, 60))
def test_edges_computed_anew_are_those_that_were_kept(question: Question, moves: int) -> None:
    reaches, weight, count = question
    lists = cover_search._lists_of(reaches, weight)
    corner = cover_search._first_corner(lists, np.arange(len(reaches)) < count)
    marks, earned = np.zeros(len(reaches), dtype=np.int8), np.empty(len(reaches))
    asked = (1.5 * float((reaches @ weight).max()) + 1.0, count, -1.0)
    bounded(lists, corner, marks, asked, moves, earned)
    kept = dict(zip(corner.holds.tolist(), corner.edges.copy(), strict=True))
    renew(lists, corner)
    anew = dict(zip(corner.holds.tolist(), corner.edges, strict=True))
    assert set(kept) == set(anew)
    assert all(anew[held] == pytest.approx(edge, abs=1e-7) for held, edge in kept.items())


def made_cover(seed: int, bases: int = 30, groups: int = 250) -> Cover:
    random = np.random.default_rng(seed)
    apart = random.random((bases, 1, 2)) - random.random((groups, 2))
    return Cover(
        base_ids=tuple(f"b{number:02d}" for number in range(bases)),
        reaches=np.hypot(apart[..., 0], apart[..., 1]) < random.choice((0.15, 0.25)),
        weight=np.round(random.pareto(1.2, groups) * 100) * (random.random(groups) < 0.9),
        targets=np.ones(groups, dtype=np.int64),
        group=np.arange(groups),
    )


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(4, 20))
@example(1, 9)
def test_the_search_and_highs_prove_the_same(seed: int, count: int) -> None:
    world = made_cover(seed)
    keep, closed = ("b03", "b11"), ("b00", "b20")
    ours = best_open(world, count, keep=keep, closed=closed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cover, "_searched", lambda *_args, **_named: None)
        theirs = best_open(world, count, keep=keep, closed=closed)
    assert ours.covered == pytest.approx(theirs.covered, rel=1e-8)
    assert ours.is_open[world.rows(keep)].all()
    assert not ours.is_open[world.rows(closed)].any()
    assert ours.is_open.sum() == count


def test_a_search_that_gives_up_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    world = made_cover(7)
    proven = best_open(world, 8).covered
    assert not search(world.reaches, world.weight, 8, noise=0.0, most_branches=0)[1]
    monkeypatch.setattr(cover, "_MOST_BRANCHES", 0)
    assert best_open(world, 8).covered == pytest.approx(proven)


def test_the_same_question_has_the_same_answer() -> None:
    world = made_cover(11)
    assert (best_open(world, 10).is_open == best_open(world, 10).is_open).all()


def test_camps_between_every_two_of_five_bases_by_hand() -> None:
    # Ten camps. One base reaches four, a second three more; open by two fifths each, all five would seem to reach eight.
    between = np.array([[base in pair for pair in combinations(range(5), 2)] for base in range(5)])
    is_open, proven = search(between, np.ones(10), 2, noise=1e-9, most_branches=100)
    assert proven
    assert covered(between, np.ones(10), tuple(np.flatnonzero(is_open))) == 7.0


def test_warming_compiles_what_a_search_runs() -> None:
    cover_search.warm()
    assert bounded.signatures
    assert renew.signatures
