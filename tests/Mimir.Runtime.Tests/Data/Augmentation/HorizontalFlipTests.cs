using Mimir.Runtime.Data;
using Mimir.Runtime.Data.Augmentation;

namespace Mimir.Runtime.Tests.Data;

[TestFixture]
internal sealed class HorizontalFlipTests
{
    [Test]
    public void MirrorsBelowOneHalf()
    {
        float[] source = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        var shape = new ImageShape(2, 2, 3);
        var result = new float[12];
        new HorizontalFlip().Apply(source, shape, result, new ScriptedRandom([0.5f]));
        Assert.That(result, Is.EqualTo(source).AsCollection);
        new HorizontalFlip().Apply(source, shape, result, new ScriptedRandom([0.49f]));
        Assert.That(result, Is.EqualTo(new float[] { 3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10 }).AsCollection);
    }
}
