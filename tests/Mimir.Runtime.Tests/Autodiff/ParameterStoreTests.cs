using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;

namespace Mimir.Runtime.Tests.Autodiff;

[TestFixture]
internal sealed class ParameterStoreTests
{
    [Test]
    public void ParametersLieInOrderOnCacheLines()
    {
        using var device = new HostDevice(1);
        var builder = new ParameterStore.Builder();
        builder.Add("a", new Shape(3));
        builder.Add("b", new Shape(1, 17, 2), trainable: false);
        builder.Add("c", new Shape(16, 1, 1, 1));
        using var store = builder.Build(device);
        Assert.That(store.Parameters.Select(p => p.Name), Is.EqualTo(new[] { "a", "b", "c" }).AsCollection);
        Assert.That(store.Parameters.Select(p => p.Offset), Is.EqualTo(new long[] { 0, 16, 64 }).AsCollection);
        Assert.That(store.Values.Length, Is.EqualTo(80));
        Assert.That(store.Values.ToArray(), Is.All.Zero);
        Assert.That(store.TrainableCount, Is.EqualTo(3 + 16));
        Assert.That(store["b"].Value.Offset, Is.EqualTo(16));
        Assert.That(store.Contains("d"), Is.False);
        Assert.That(() => store["d"], Throws.TypeOf<KeyNotFoundException>().With.Message.Contains("'d'"));
        var like = store.AllocateLike("gradients");
        Assert.That(like.ToArray(), Is.EqualTo(new float[80]).AsCollection);
        like.Buffer.Dispose();
    }

    [Test]
    public void ShapesCountTheirElements()
    {
        var shape = new Shape(2, 3, 4, 5);
        Assert.That((shape.Rank, shape.Count, shape.Columns, shape.Rows), Is.EqualTo((4, 120L, 5, 24)));
        Assert.That(shape.ToString(), Is.EqualTo("[2, 3, 4, 5]"));
        Assert.That(Shape.Of([7]), Is.EqualTo(new Shape(7)));
        Assert.That(Shape.Of([7, 1]), Is.Not.EqualTo(new Shape(7)));
        Assert.That(() => Shape.Of([]), Throws.ArgumentException);
        Assert.That(() => new Shape(3, 4)[2], Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
