using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Data;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Evaluation;

[TestFixture]
internal sealed class ClassificationTests
{
    private const int Images = 37;
    private const int Values = 3 * 8 * 8;

    private static readonly float[] s_pixels = SeededValues.Pixels(Images * Values, 4);
    private static readonly int[] s_labels = [.. Enumerable.Range(0, Images).Select(i => i % TinyModels.Classes)];

    [Test]
    public void AnswersAreThoseOfThePlainSoftmax()
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.Classifier(device);
        using var classification = new Classification(model, block: 16);
        var (predictions, losses) = (new int[Images], new float[Images]);
        classification.Run(s_pixels, s_labels, predictions, losses);
        var logits = Logits(device, model);
        for (var i = 0; i < Images; i++)
        {
            var row = logits.AsSpan(i * TinyModels.Classes, TinyModels.Classes).ToArray();
            Assert.That(predictions[i], Is.EqualTo(Array.IndexOf(row, row.Max())), $"image {i}");
            var loss = Math.Log(row.Sum(z => Math.Exp(z))) - row[s_labels[i]];
            Assert.That(losses[i], Is.EqualTo(loss).Within(1e-5), $"image {i}");
        }
    }

    [Test]
    public void NeitherBlocksNorThreadsNorTheSourceMatter()
    {
        var set = ImageSet.FromFloats("test", "test", new ImageShape(3, 8, 8), s_pixels, s_labels, ["a", "b", "c", "d", "e"]);
        int[] indices = [.. Enumerable.Range(0, Images).Reverse()];
        var (expected, expectedLosses) = (new int[Images], new float[Images]);
        using (var device = new HostDevice(1))
        using (var model = TinyModels.Classifier(device))
        using (var classification = new Classification(model))
            classification.Run(s_pixels, s_labels, expected, expectedLosses);
        foreach (var (threads, block) in new[] { (1, 1), (2, 5), (3, 36) })
        {
            using var device = new HostDevice(threads);
            using var model = TinyModels.Classifier(device);
            using var classification = new Classification(model, block);
            var (predictions, losses) = (new int[Images], new float[Images]);
            classification.Run(set, indices, predictions, losses);
            Assert.That(predictions.Reverse(), Is.EqualTo(expected).AsCollection, $"{threads} threads, blocks of {block}");
            Assert.That(losses.Reverse(), Is.EqualTo(expectedLosses).AsCollection, $"{threads} threads, blocks of {block}");
            classification.Run(s_pixels, [], predictions, []);
            Assert.That(predictions, Is.EqualTo(expected).AsCollection, "without losses");
        }
    }

    [Test]
    public void ASteadyRunAllocatesNothing()
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.Classifier(device);
        using var classification = new Classification(model, block: 16);
        var (predictions, losses) = (new int[Images], new float[Images]);
        for (var i = 0; i < 3; i++)
            classification.Run(s_pixels, s_labels, predictions, losses);
        var before = GC.GetAllocatedBytesForCurrentThread();
        classification.Run(s_pixels, s_labels, predictions, losses);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void ProgressAndCancellationComeWithBlocks()
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.Classifier(device);
        using var classification = new Classification(model, block: 16);
        using var source = new CancellationTokenSource();
        var seen = new List<int>();
        Assert.That(
            () => classification.Run(
                s_pixels, [], new int[Images], [],
                done =>
                {
                    seen.Add(done);
                    if (seen.Count == 2)
                        source.Cancel();
                },
                source.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(seen, Is.EqualTo(new[] { 16, 32 }).AsCollection);
    }

    [Test]
    public void SizesThatDoNotFitAreRefused()
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.Classifier(device);
        using var classification = new Classification(model);
        Assert.That(() => classification.Run(s_pixels, s_labels, new int[Images - 1], []), Throws.ArgumentException);
        Assert.That(() => classification.Run(s_pixels, s_labels, new int[Images], new float[1]), Throws.ArgumentException);
        Assert.That(() => classification.Run(s_pixels, [], new int[Images], new float[Images]), Throws.ArgumentException);
        var small = ImageSet.FromFloats("test", "test", new ImageShape(1, 2, 2), new float[4], [0], ["a"]);
        Assert.That(() => classification.Run(small, [0], new int[1], []), Throws.ArgumentException);
    }

    private static float[] Logits(HostDevice device, VisionTransformer model)
    {
        using var pools = new LanePools(device, device.Lanes);
        var images = device.Allocate<float>(s_pixels.Length);
        images.CopyFrom(s_pixels);
        var graph = new Graph(pools);
        graph.Begin();
        var logits = model.Logits(graph, graph.Input(images, model.ImageShape(s_pixels.Length))).Data.ToArray();
        graph.End();
        images.Buffer.Dispose();
        return logits;
    }
}
