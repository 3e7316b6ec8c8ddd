using Mimir.Runtime.Data;

namespace Mimir.Runtime.Tests.Data;

[TestFixture]
internal sealed class DataRandomTests
{
    [Test]
    public void StreamsRepeatAndDiffer()
    {
        var random = new DataRandom();
        var first = Draw(r => r.SeekImage(1, 2, 3));
        Assert.That(Draw(r => r.SeekImage(1, 2, 3)), Is.EqualTo(first).AsCollection);
        Action<DataRandom>[] others = [r => r.SeekImage(2, 2, 3), r => r.SeekImage(1, 3, 3), r => r.SeekImage(1, 2, 4), r => r.SeekImage(1, 3, 2), r => r.SeekOrder(1, 2)];
        foreach (var other in others)
            Assert.That(Draw(other).Intersect(first), Is.Empty);

        float[] Draw(Action<DataRandom> seek)
        {
            seek(random);
            return [.. Enumerable.Range(0, 20).Select(_ => random.NextUniform())];
        }
    }

    [Test]
    public void DrawsAreUniformWithinAndAcrossStreams()
    {
        var random = new DataRandom();
        const int Draws = 90_000;
        var within = new int[9];
        var across = new int[9];
        var sum = 0.0;
        random.SeekOrder(5, 0);
        for (var i = 0; i < Draws; i++)
        {
            within[random.NextInt(9)]++;
            sum += random.NextUniform();
        }

        for (var i = 0; i < Draws; i++)
        {
            random.SeekImage(5, i % 7, i);
            across[random.NextInt(9)]++;
        }

        // Each count is binomial with mean 10 000 and deviation 94; the mean of uniforms has deviation 0.00096.
        Assert.That(within, Has.All.InRange(9530, 10470));
        Assert.That(across, Has.All.InRange(9530, 10470));
        Assert.That(sum / Draws, Is.EqualTo(0.5).Within(0.005));
    }

    [Test]
    public void ShuffleIsAPermutationAndEveryPlaceIsAsLikely()
    {
        var random = new DataRandom();
        var places = new int[6];
        for (var epoch = 0; epoch < 6000; epoch++)
        {
            int[] order = [0, 1, 2, 3, 4, 5];
            random.SeekOrder(9, epoch);
            random.Shuffle(order);
            Assert.That(order, Is.EquivalentTo(new[] { 0, 1, 2, 3, 4, 5 }));
            places[Array.IndexOf(order, 0)]++;
        }

        Assert.That(places, Has.All.InRange(856, 1144)); // 1000 ± 5 deviations of 28.9
        Assert.That(() => random.NextInt(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
