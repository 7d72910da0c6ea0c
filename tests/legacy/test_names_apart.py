"""What the entrance for old code registers does not stand in for today's objects of the same name."""

import hornbeam.legacy.functions
import hornbeam.legacy.optimizers
from hornbeam import activations, optimizers


def test_todays_names_mean_todays_objects_beside_the_old_ones():
    assert hornbeam.legacy.optimizers.RMSprop is not optimizers.RMSprop
    assert type(optimizers.get("RMSprop")) is optimizers.RMSprop
    assert type(optimizers.deserialize(optimizers.serialize(optimizers.Adagrad()))) is optimizers.Adagrad
    assert activations.get("hard_sigmoid") is activations.hard_sigmoid


def test_an_old_object_comes_back_from_its_description():
    old = hornbeam.legacy.optimizers.RMSprop(learning_rate=0.5)
    again = optimizers.deserialize(optimizers.serialize(old))
    assert type(again) is hornbeam.legacy.optimizers.RMSprop
    assert float(again.learning_rate) == 0.5
