"""Whether the nodes of a cluster that runs fit, and what to lower where they do not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from azext_kubenet.core.clusters.request import DEFAULT_SURGE, NodePool, Surge
from azext_kubenet.core.clusters.room import Fit, room_for

from ..make import make_pool

NONE = Surge(value=0, percent=False)


def running(now: int, most: int | None = None, name: str = "a", surge: Surge = DEFAULT_SURGE) -> NodePool:
    return make_pool(name, now, now if most is None else most, nodes_now=now, max_surge=surge)


def test_all_fits_up_to_the_last_address() -> None:
    room = room_for((running(10, 20),), 22)
    assert (room.fit, room.excess, room.advice) == (Fit.ALL, 0, "")
    assert room.told == (
        "10 nodes now, 11 during an upgrade, 20 at the maximum of the pools and 22 during an upgrade then"
    )


def test_a_maximum_that_does_not_fit_names_the_pool_and_the_maximum_that_does() -> None:
    room = room_for((running(5), running(200, 300, "b")), 256)
    assert room.fit is Fit.NOT_THE_MAXIMUM
    assert room.excess == 5 + 1 + 330 - 256
    assert room.advice == "Lower the maximum of node pool 'b' by 73, from 300 to 227."
    fixed = room_for((running(5), running(200, 227, "b")), 256)
    assert fixed.fit is Fit.ALL


def test_where_no_pool_alone_can_shrink_enough_the_sum_is_told() -> None:
    room = room_for((running(10, 15, "a"), running(10, 15, "b")), 23)
    assert room.fit is Fit.NOT_THE_MAXIMUM
    assert room.advice == "Lower the maxima or the surge of the node pools by 11 nodes in all."


def test_an_upgrade_that_fails_now_asks_for_less_surge_or_fewer_nodes() -> None:
    surging = room_for((running(250),), 260)
    assert (surging.fit, surging.excess) == (Fit.NOT_NOW, 15)
    assert surging.advice == "Lower the surge of node pool 'a' from 25 nodes to 10 before it upgrades."
    full = room_for((running(260, surge=NONE), running(2, name="b", surge=NONE)), 256)
    assert full.advice == "Take 6 nodes away, for example from node pool 'a', before the next upgrade."


POOLS = st.lists(
    st.builds(
        lambda now, more, surge: running(now, now + more, surge=Surge(value=surge, percent=True)),
        st.integers(0, 60),
        st.integers(0, 60),
        st.integers(0, 100),
    ),
    min_size=1,
    max_size=4,
)


@given(pools=POOLS, limit=st.integers(0, 300), data=st.data())
def test_what_fits_depends_neither_on_the_order_of_pools_nor_on_how_they_are_split(
    pools: list[NodePool], limit: int, data: st.DataObject
) -> None:
    room = room_for(pools, limit)
    shuffled = data.draw(st.permutations(pools))
    assert room_for(shuffled, limit).fit is room.fit
    assert (room.excess == 0) == (room.fit is Fit.ALL)


@given(now=st.integers(0, 200), more=st.integers(0, 100), part=st.integers(0, 300), surge=st.integers(0, 100))
def test_splitting_a_pool_never_lowers_what_is_needed(now: int, more: int, part: int, surge: int) -> None:
    percent = Surge(value=surge, percent=True)
    whole = running(now, now + more, surge=percent)
    first_now, first_most = min(part, now), min(part, now + more)
    parts = (
        running(first_now, max(first_now, first_most), "a", percent),
        running(now - first_now, max(now - first_now, now + more - first_most), "b", percent),
    )
    together, apart = room_for((whole,), 0).demand, room_for(parts, 0).demand
    assert apart.now == together.now
    assert apart.upgrade_now >= together.upgrade_now
    assert apart.upgrade >= together.upgrade
