using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Attacks;

/// <summary>An image's logits and gradient are the same bits whichever images are computed beside it: attacks may then pack images as they like.</summary>
internal sealed class NeighbourTests
{
    [TestCase("vit_micro", 8, 2)]
    [TestCase("vit_ti", 32, 4)]
    [TestCase("vit_small", 16, 4)]
    public void BitsDoNotDependOnTheRestOfTheBatch(string name, int side, int patch)
    {
        using var device = new HostDevice(1);
        var encoder = Presets.Encoder(name, side, 3, patch) with { Depth = 2 };
        using var model = new VisionTransformer(device, encoder, 10);
        model.Initialise(3);
        using var pools = new LanePools(device, device.Lanes);
        var graph = new Graph(pools);
        const int most = 9;
        var one = 3 * side * side;
        var images = device.Allocate<float>(most * one);
        Philox.Uniform(1, 2, 0, 0, 1, images);
        var labels = device.Allocate<int>(most);
        labels.CopyFrom([.. Enumerable.Range(0, most)]);
        (float[] Logits, float[] Gradient) Of(int first, int count)
        {
            var gradient = device.Allocate<float>(count * one);
            graph.Begin();
            var input = graph.Input(images.Slice(first * one, count * one), model.ImageShape(count * one), gradient);
            var logits = model.Logits(graph, input);
            var rows = logits.Data.ToArray();
            graph.Backward(Mimir.Runtime.Autodiff.Ops.CrossEntropyOp.Apply(graph, logits, labels.Slice(first, count), 0, 1));
            graph.End();
            return (rows, gradient.ToArray());
        }

        var whole = Of(0, most);
        foreach (var size in new[] { 1, 2, 3, 5, 8 })
        for (var first = 0; first + size <= most; first++)
        {
            var part = Of(first, size);
            Assert.That(part.Logits, Is.EqualTo(whole.Logits[(first * 10)..((first + size) * 10)]), $"logits of {size} from {first}");
            Assert.That(part.Gradient, Is.EqualTo(whole.Gradient[(first * one)..((first + size) * one)]), $"gradient of {size} from {first}");
        }
    }
}
