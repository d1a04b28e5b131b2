from tfcluster.training.clock import Clock


def test_blocks_of_an_epoch():
    clock = Clock(steps=5, steps_per_execution=2, first_epoch=3)
    clock.on_epoch_begin(1)
    assert clock.epoch == 4
    assert [list(clock.next_blocks()) for _ in range(3)] == [[(0, 2, False)], [(2, 2, False)], [(4, 1, False)]]
    clock.on_epoch_begin(2)
    assert list(clock.next_blocks()) == [(0, 2, False)]


def test_blocks_end_where_a_refresh_is_due_counted_over_epochs():
    clock = Clock(steps=5, steps_per_execution=5)
    clock.on_epoch_begin(0)
    assert list(clock.next_blocks(3)) == [(0, 3, True), (3, 2, False)]
    clock.on_epoch_begin(1)
    assert list(clock.next_blocks(3)) == [(0, 1, True), (1, 3, True), (4, 1, False)]
    clock.on_epoch_begin(2)
    assert list(clock.next_blocks(5)) == [(0, 5, True)]
