namespace Mimir.Kernels.Tests;

public class PhiloxStreamTests
{
    [Test]
    public void PositionIsAllOfItsState()
    {
        var stream = new PhiloxStream(5, 6);
        var words = Enumerable.Range(0, 50).Select(_ => stream.NextUInt32()).ToArray();
        Assert.That(stream.Position, Is.EqualTo(50ul));
        for (var start = 0; start < 50; start++)
        {
            var resumed = new PhiloxStream(5, 6) { Position = (ulong)start };
            Assert.That(resumed.NextUInt32(), Is.EqualTo(words[start]));
            stream.Position = (ulong)start;
            Assert.That(stream.NextUInt32(), Is.EqualTo(words[start]));
        }

        var block = PhiloxBlock.Of(5, 2, 6);
        Assert.That(words[8..12], Is.EqualTo([block.Word0, block.Word1, block.Word2, block.Word3]));
    }

    [Test]
    public void SeedsAndStreamsDiffer()
    {
        static uint First(ulong seed, ulong stream)
        {
            var words = new PhiloxStream(seed, stream);
            return words.NextUInt32();
        }

        uint[] firsts = [First(1, 0), First(0, 1), First(0, 0), First(1ul << 32, 0), First(0, 1ul << 32)];
        Assert.That(firsts, Is.Unique);
        Assert.That(firsts[2], Is.EqualTo(0x6627e8d5u));
    }

    [Test]
    public void WholeNumbersAreEven([Values(1, 2, 7, 10)] int bound)
    {
        var stream = new PhiloxStream(1, 2);
        var counts = new int[bound];
        for (var i = 0; i < 20000; i++)
            counts[stream.NextInt(bound)]++;
        Assert.That(counts, Has.All.EqualTo(20000 / bound).Within(5 * Math.Sqrt(20000.0 / bound)));
    }

    [Test]
    public void LargeBoundsAreEvenToo()
    {
        // With this bound a third of the words must be drawn again, or values would be unevenly likely.
        const int bound = 1_431_655_766;
        var stream = new PhiloxStream(1, 2);
        var low = 0;
        for (var i = 0; i < 30000; i++)
        {
            var value = stream.NextInt(bound);
            Assert.That(value, Is.InRange(0, bound - 1));
            low += value % 3 == 0 ? 1 : 0;
        }

        Assert.That(low, Is.EqualTo(10000).Within(400));
        Assert.That(stream.Position, Is.GreaterThan(35000ul));
        Assert.That(() => stream.NextInt(0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void ShufflesAreEvenPermutations()
    {
        var stream = new PhiloxStream(3, 4);
        var seen = new Dictionary<string, int>();
        for (var i = 0; i < 6000; i++)
        {
            int[] items = [0, 1, 2];
            stream.Shuffle(items);
            var key = string.Join("", items);
            seen[key] = seen.GetValueOrDefault(key) + 1;
        }

        Assert.That(seen, Has.Count.EqualTo(6));
        Assert.That(seen.Values, Has.All.EqualTo(1000).Within(150));
        var many = Enumerable.Range(0, 1000).ToArray();
        stream.Shuffle(many);
        Assert.That(many, Is.EquivalentTo(Enumerable.Range(0, 1000)).And.Not.Ordered);
        stream.Shuffle([]);
    }

    [Test]
    public void UniformNumbersAreBelowOne()
    {
        var stream = new PhiloxStream(8, 8);
        var values = Enumerable.Range(0, 20000).Select(_ => stream.NextUniform()).ToArray();
        Assert.That(values, Has.All.InRange(0f, MathF.BitDecrement(1f)));
        Assert.That(values.Average(), Is.EqualTo(0.5).Within(0.01));
    }
}
