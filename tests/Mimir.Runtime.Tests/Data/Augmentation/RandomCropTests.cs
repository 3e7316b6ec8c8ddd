using Mimir.Runtime.Data;
using Mimir.Runtime.Data.Augmentation;

namespace Mimir.Runtime.Tests.Data;

[TestFixture]
internal sealed class RandomCropTests
{
    [TestCase(2, 3, 4, 1)]
    [TestCase(1, 5, 5, 2)]
    [TestCase(1, 2, 3, 4)] // shifts that leave nothing
    [TestCase(3, 4, 1, 0)]
    public void EveryShiftIsTheWindowOfThePaddedImage(int channels, int height, int width, int padding)
    {
        var shape = new ImageShape(channels, height, width);
        var source = Enumerable.Range(1, shape.Values).Select(i => i / 100f).ToArray();
        var side = 2 * padding + 1;
        for (var top = 0; top < side; top++)
        {
            for (var left = 0; left < side; left++)
            {
                var result = new float[shape.Values];
                Array.Fill(result, -1);
                new RandomCrop(padding).Apply(source, shape, result, new ScriptedRandom([], (side, top), (side, left)));
                for (var i = 0; i < result.Length; i++)
                {
                    var (channel, row, column) = (i / width / height, i / width % height + top - padding, i % width + left - padding);
                    var inside = row >= 0 && row < height && column >= 0 && column < width;
                    Assert.That(result[i], Is.EqualTo(inside ? source[(channel * height + row) * width + column] : 0), $"top {top}, left {left}, value {i}");
                }
            }
        }
    }
}
