using Mimir.Runtime.Data;

namespace Mimir.Runtime.Tests.Data;

[TestFixture]
internal sealed class DigitsFormatTests
{
    // Of n images of a digit the first ⌊4n/5⌋ train; n is 178, 182, 177, 183, 181, 182, 181, 179, 174, 180.
    private static readonly int[] s_train = [142, 145, 141, 146, 144, 145, 144, 143, 139, 144];
    private static readonly int[] s_test = [36, 37, 36, 37, 37, 37, 37, 36, 35, 36];

    [Test]
    public void SplitIsStratifiedAndComplete()
    {
        var train = ImageSet.Load("digits", DataSplit.Train);
        var test = ImageSet.Load("digits", DataSplit.Test);
        Assert.That(Counts(train), Is.EqualTo(s_train).AsCollection);
        Assert.That(Counts(test), Is.EqualTo(s_test).AsCollection);
        Assert.That(train.Count + test.Count, Is.EqualTo(1797));
        Assert.That((train.Shape, train.Classes, train.Name), Is.EqualTo((new ImageShape(1, 8, 8), 10, "digits")));

        static int[] Counts(ImageSet set) => [.. Enumerable.Range(0, 10).Select(digit => set.Labels.Count(digit))];
    }

    [Test]
    public void FirstImageIsTheFirstOfTheFile()
    {
        var train = ImageSet.Load("digits", DataSplit.Train);
        int[] sixteenths = [0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0];
        Assert.That(train.Labels[0], Is.Zero);
        Assert.That(train.Image(0)[..16], Is.EqualTo(sixteenths.Select(value => value / 16f)).AsCollection);
    }

    [Test]
    public void PlanNeverFlips()
    {
        Assert.That(DataFormats.Parse("digits").TrainingAugmentation(new ImageShape(1, 8, 8)).ToString(), Is.EqualTo("random crop (padding 1)"));
    }
}
