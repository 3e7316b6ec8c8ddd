using Mimir.Runtime.Randomness;

namespace Mimir.Runtime.Tests.Randomness;

[TestFixture]
internal sealed class RandomStreamsTests
{
    [Test]
    public void PurposesAndNumbersHaveStreamsOfTheirOwn()
    {
        long[] numbers = [0, 1, 2, 255, 256, 1 << 20, (1L << 56) - 1];
        var streams = Enum.GetValues<RandomPurpose>().SelectMany(purpose => numbers.Select(number => RandomStreams.Of(purpose, number)));
        Assert.That(streams, Is.Unique);
    }
}
