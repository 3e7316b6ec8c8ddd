using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Data;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Attacks;

[TestFixture]
internal sealed class AttackPassTests
{
    private static readonly int[] s_chosen = [.. Enumerable.Range(0, 23).Where(i => i % 5 != 3)];

    [Test]
    public void ResultsDependNeitherOnThreadsNorOnTheBatch()
    {
        (AttackResult Result, float[] Image)[]? expected = null;
        foreach (var threads in new[] { 1, 2, 3 })
        foreach (var batch in new[] { 1, 4, 64 })
        {
            using var device = new HostDevice(threads);
            using var model = TinyModels.SteepClassifier(device);
            var results = Attack(model, batch, s_chosen);
            expected ??= results;
            Assert.That(results.Select(r => r.Result), Is.EqualTo(expected.Select(r => r.Result)), $"{threads} threads, batches of {batch}");
            Assert.That(results.Select(r => r.Image), Is.EqualTo(expected.Select(r => r.Image)), $"{threads} threads, batches of {batch}");
        }

        Assert.That(expected!.Select(r => r.Result.Forwards).Distinct().Count(), Is.GreaterThan(1), "some images are done early");
    }

    [Test]
    public void AnImageGetsTheSameResultAlone()
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.SteepClassifier(device);
        var together = Attack(model, 64, s_chosen);
        var alone = Attack(model, 64, [s_chosen[7]]);
        Assert.That(alone[0].Result, Is.EqualTo(together[7].Result));
        Assert.That(alone[0].Image, Is.EqualTo(together[7].Image));
    }

    [Test]
    public void StopsWhenAskedAndWhenALaneFails()
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.SteepClassifier(device);
        using var pass = new AttackPass(model, 4);
        using var cancellation = new CancellationTokenSource();
        var sink = new Sink(() => cancellation.Cancel());
        Assert.Throws<OperationCanceledException>(() => pass.Run(Pgd, Images(model), s_chosen, sink, cancellation.Token));
        Assert.That(sink.Results, Has.Count.InRange(1, s_chosen.Length - 1));
        Assert.Throws<InvalidOperationException>(
            () => pass.Run(Pgd, Images(model), s_chosen, new Sink(() => throw new InvalidOperationException("sink")), default));
    }

    private static PgdAttack Pgd => new(new LinfBudget(8f / 255, 2f / 255, 5)) { Restarts = 2 };

    private static (AttackResult Result, float[] Image)[] Attack(VisionTransformer model, int batch, int[] chosen)
    {
        using var pass = new AttackPass(model, batch);
        var sink = new Sink(() => { });
        pass.Run(Pgd, Images(model), chosen, sink, default);
        Assert.That(sink.Results.Keys.Order(), Is.EqualTo(chosen.Order()));
        return [.. chosen.Select(i => sink.Results[i])];
    }

    // Labelled with the model's own predictions, so that attacks have something to change.
    private static ImageSet Images(VisionTransformer model)
    {
        const int count = 23;
        var shape = new ImageShape(model.Encoder.Channels, model.Encoder.Image, model.Encoder.Image);
        var pixels = SeededValues.Pixels(count * shape.Values, 9);
        using var pools = new LanePools(model.Device, model.Device.Lanes);
        var images = model.Device.Allocate<float>(pixels.Length);
        images.CopyFrom(pixels);
        var logits = new float[count * model.Classes];
        new Victim(model, pools).Logits(images, logits);
        images.Buffer.Dispose();
        var labels = logits.Chunk(model.Classes).Select(row => Predictions.ArgMax(row)).ToArray();
        return ImageSet.FromFloats("tiny", "memory", shape, pixels, labels, [.. Enumerable.Range(0, model.Classes).Select(i => $"{i}")]);
    }

    private sealed class Sink(Action told) : IAttackSink
    {
        public Dictionary<int, (AttackResult, float[])> Results { get; } = [];

        public void Done(int image, in AttackResult result, ReadOnlySpan<float> adversarial)
        {
            Results.Add(image, (result, adversarial.ToArray()));
            told();
        }
    }
}
