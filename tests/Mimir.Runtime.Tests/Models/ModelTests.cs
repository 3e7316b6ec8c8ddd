using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Models;

[TestFixture]
internal sealed class ModelTests
{
    [Test]
    public void RefreshBringsChangedParametersIntoTheForwardPass()
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.Classifier(device);
        var before = Logits(device, model, 3);
        foreach (var bias in model.Parameters.Parameters.Where(p => p.Name.EndsWith("weight") && !p.Name.Contains("norm")))
            bias.Value.AsSpan().Fill(0.01f);
        Assert.That(Logits(device, model, 3), Is.EqualTo(before).AsCollection, "packed weights are a copy");
        model.Refresh();
        Assert.That(Logits(device, model, 3), Is.Not.EqualTo(before).AsCollection);
    }

    [Test]
    public void AnImagesLogitsDoNotDependOnItsNeighbours([Values] PoolKind pool)
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.Classifier(device, pool: pool);
        var together = Logits(device, model, 7);
        for (var i = 0; i < 7; i++)
            Assert.That(Logits(device, model, 7, only: i), Is.EqualTo(together.AsSpan(i * TinyModels.Classes, TinyModels.Classes).ToArray()).AsCollection);
    }

    [Test]
    public void DropPathOfOnesChangesNothingAndOfZerosSkipsTheBranches()
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.Classifier(device);
        const int batch = 3;
        var factors = device.Allocate<float>(2 * model.Encoder.Depth * batch);
        factors.AsSpan().Fill(1f);
        var plain = Logits(device, model, batch);
        Assert.That(Logits(device, model, batch, new DropPathScales(factors, batch, 0, batch)), Is.EqualTo(plain).AsCollection);

        // With every branch dropped the blocks are the identity, whatever their weights.
        factors.Clear();
        var skipped = Logits(device, model, batch, new DropPathScales(factors, batch, 0, batch));
        foreach (var weight in model.Parameters.Parameters.Where(p => p.Name.StartsWith("blocks.")))
            weight.Value.AsSpan().Fill(0.5f);
        model.Refresh();
        Assert.That(Logits(device, model, batch, new DropPathScales(factors, batch, 0, batch)), Is.EqualTo(skipped).AsCollection);
        Assert.That(skipped, Is.Not.EqualTo(plain).AsCollection);
        factors.Buffer.Dispose();
    }

    private static float[] Logits(HostDevice device, VisionTransformer model, int batch, DropPathScales drop = default, int only = -1)
    {
        using var pools = new LanePools(device, device.Lanes);
        var images = TinyModels.Images(device, model.Encoder, batch);
        var one = images.Length / batch;
        var wanted = only < 0 ? images : images.Slice(only * one, one);
        var graph = new Graph(pools);
        graph.Begin();
        var logits = model.Logits(graph, graph.Input(wanted, model.ImageShape(wanted.Length)), drop).Data.ToArray();
        graph.End();
        images.Buffer.Dispose();
        return logits;
    }
}
