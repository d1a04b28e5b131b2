from tfcluster.training.clock import Clock


def test_blocks_of_an_epoch():
    clock = Clock(steps=5, steps_per_execution=2, first_epoch=3)
    clock.on_epoch_begin(1)
    assert clock.epoch == 4
    assert [clock.next_block() for _ in range(3)] == [(0, 2), (2, 2), (4, 1)]
    clock.on_epoch_begin(2)
    assert clock.next_block() == (0, 2)
