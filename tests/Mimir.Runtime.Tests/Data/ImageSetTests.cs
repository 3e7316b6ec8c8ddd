using Mimir.Runtime.Data;

namespace Mimir.Runtime.Tests.Data;

[TestFixture]
internal sealed class ImageSetTests
{
    [Test]
    public void BytesBecomeFractionsOfWhite()
    {
        var set = ImageSet.FromBytes("t", "t", new ImageShape(1, 1, 3), [0, 7, 255, 1, 2, 3], 255, [1, 0], SmallSets.Names(2));
        Assert.That(set.Image(0), Is.EqualTo(new[] { 0f, 7f / 255, 1f }).AsCollection);
        Assert.That(set.Image(1), Is.EqualTo(new[] { 1f / 255, 2f / 255, 3f / 255 }).AsCollection);
        Assert.That(set.Labels.ToArray(), Is.EqualTo(new[] { 1, 0 }).AsCollection);
        Assert.That(set.Classes, Is.EqualTo(2));
    }

    [Test]
    public void FloatsStayAsTheyAre()
    {
        var set = ImageSet.FromFloats("t", "t", new ImageShape(1, 1, 2), [0.1f, 1, 0, 0.3f], [0, 0], SmallSets.Names(1));
        Assert.That(set.Image(1), Is.EqualTo(new[] { 0f, 0.3f }).AsCollection);
    }

    [Test]
    public void TakeDealsOutClassesInRoundsAndKeepsTheOrder()
    {
        // Labels 0 0 0 0 1 1 2: the rounds are (0, 4, 6), (1, 5), (2), (3).
        var set = ImageSet.FromBytes("t", "t", new ImageShape(1, 1, 1), [0, 1, 2, 3, 4, 5, 6], 255, [0, 0, 0, 0, 1, 1, 2], SmallSets.Names(3));
        Assert.That(Pixels(set.Take(1)), Is.EqualTo(new[] { 0 }).AsCollection);
        Assert.That(Pixels(set.Take(3)), Is.EqualTo(new[] { 0, 4, 6 }).AsCollection);
        Assert.That(Pixels(set.Take(4)), Is.EqualTo(new[] { 0, 1, 4, 6 }).AsCollection);
        Assert.That(Pixels(set.Take(6)), Is.EqualTo(new[] { 0, 1, 2, 4, 5, 6 }).AsCollection);
        Assert.That(set.Take(6).Labels.ToArray(), Is.EqualTo(new[] { 0, 0, 0, 1, 1, 2 }).AsCollection);
        Assert.That(set.Take(7), Is.SameAs(set));
        Assert.That(set.Take(4).Source, Is.EqualTo("t, 4 of 7 images"));
        Assert.That(() => set.Take(0), Throws.InstanceOf<ArgumentOutOfRangeException>());

        static int[] Pixels(ImageSet images) => [.. Enumerable.Range(0, images.Count).Select(i => (int)Math.Round(images.Image(i)[0] * 255))];
    }

    [Test]
    public void SizesAndRangesAreChecked()
    {
        var shape = new ImageShape(1, 1, 2);
        Assert.That(() => ImageSet.FromBytes("t", "t", shape, [1, 2, 3], 255, [0], SmallSets.Names(1)), Throws.ArgumentException);
        Assert.That(() => ImageSet.FromBytes("t", "t", shape, [1, 17], 16, [0], SmallSets.Names(1)), Throws.ArgumentException);
        Assert.That(() => ImageSet.FromBytes("t", "t", shape, [1, 2], 255, [1], SmallSets.Names(1)), Throws.ArgumentException);
        Assert.That(() => ImageSet.FromBytes("t", "t", shape, [], 255, [], SmallSets.Names(1)), Throws.ArgumentException);
        Assert.That(() => ImageSet.FromFloats("t", "t", shape, [0, float.NaN], [0], SmallSets.Names(1)), Throws.ArgumentException);
        var set = SmallSets.Bytes(3, shape);
        Assert.That(() => set.CopyImage(3, new float[2]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => set.CopyImage(-1, new float[2]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => set.CopyImage(0, new float[3]), Throws.ArgumentException);
    }
}
