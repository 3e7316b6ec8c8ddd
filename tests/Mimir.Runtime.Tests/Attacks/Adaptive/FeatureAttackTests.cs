using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Data;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Attacks;

[TestFixture]
internal sealed class FeatureAttackTests
{
    private static readonly AttackBudget s_budget = new(8f / 255, 2f / 255, 10);

    [Test]
    public void MovesFeaturesFartherThanNoiseDoesAndStaysInTheBall()
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.SteepClassifier(device);
        var images = TinyAttacks.Images(model);
        var attacked = TinyAttacks.Run(new FeatureAttack(s_budget) { Seed = 4 }, model, images);
        TinyAttacks.AssertInBall(attacked, images, s_budget.Epsilon);
        Assert.That(attacked, Is.All.Matches<AttackOutcome>(o => o.Result is { Forwards: 12, Backwards: 10 }), "the natural image, the start and each step");

        // Corners of the ball are the longest noise that there is.
        var natural = Pixels(images);
        var noise = natural.Zip(SeededValues.Pixels(natural.Length, 3), (x, u) => Math.Clamp(x + (u < 0.5 ? -s_budget.Epsilon : s_budget.Epsilon), 0, 1)).ToArray();
        var moved = Distances(model, natural, [.. attacked.SelectMany(o => o.Image)]);
        var shaken = Distances(model, natural, noise);
        Assert.That(moved.Zip(shaken, (a, b) => a > b), Is.All.True);
        for (var i = 0; i < moved.Length; i++)
            Assert.That(attacked[i].Result.Loss, Is.GreaterThanOrEqualTo(moved[i] * 0.999f), "the largest loss seen is at least that of the last iterate");
    }

    [Test]
    public void RaisesTheDistanceStepByStep()
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.SteepClassifier(device);
        var images = TinyAttacks.Images(model);
        double Mean(int steps) => Distances(
            model, Pixels(images), [.. TinyAttacks.Run(new FeatureAttack(s_budget with { Steps = steps }), model, images).SelectMany(o => o.Image)]).Average();
        var (none, few, many) = (Mean(0), Mean(3), Mean(20));
        Assert.That(few, Is.GreaterThan(2 * none));
        Assert.That(many, Is.GreaterThan(few));
    }

    [Test]
    public void TheGradientIsThatOfTheSquaredDistance()
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.SteepClassifier(device);
        using var pools = new LanePools(device, 1);
        using var view = new FeatureView(new Victim(model, pools), Count);
        var (natural, points) = (TinyModels.Images(device, model.Encoder, Count, 1), TinyModels.Images(device, model.Encoder, Count, 2));
        var gradient = device.Allocate<float>(points.Length);
        var others = device.Allocate<float>(Count * view.Values);
        view.Forward(natural, default);
        Elementwise.Copy(view.Features, others);
        var losses = new float[Count];
        view.Forward(points, gradient);
        view.SquaredDistances(others, losses, gradientsToo: true);
        view.Backward();
        FiniteDifferences.Check(points, gradient, 0.01, () =>
        {
            view.Forward(points, default);
            view.SquaredDistances(others, losses, gradientsToo: false);
            return losses.Sum(loss => (double)loss);
        });
        foreach (var span in new[] { natural, points, gradient, others })
            span.Buffer.Dispose();
    }

    [Test]
    public void BitsDependNeitherOnThreadsNorOnTheBatch()
    {
        AttackOutcome[]? expected = null;
        foreach (var (threads, batch) in new[] { (1, 64), (2, 3), (3, 64) })
        {
            using var device = new HostDevice(threads);
            using var model = TinyModels.SteepClassifier(device);
            var attack = new FeatureAttack(new AttackBudget(0.2f, 0.05f, 5)) { Keep = PgdKeep.FirstSuccess, Restarts = 2 };
            var outcomes = TinyAttacks.Run(attack, model, TinyAttacks.Images(model), batch: batch);
            expected ??= outcomes;
            Assert.That(outcomes.Select(o => o.Result), Is.EqualTo(expected.Select(o => o.Result)));
            Assert.That(outcomes.Select(o => o.Image), Is.EqualTo(expected.Select(o => o.Image)));
        }

        Assert.That(expected!.Count(o => o.Result.Fooled), Is.InRange(1, expected!.Length - 1));
    }

    [Test]
    public void RunsOnTheEmulator()
    {
        AttackOutcome[] Run(Device device)
        {
            using var model = TinyModels.SteepClassifier(device);
            return TinyAttacks.Run(new FeatureAttack(s_budget with { Steps = 1 }), model, TinyAttacks.Images(model, 2));
        }

        using var host = new HostDevice(1);
        using var emulator = PtxDevice.OpenEmulator(new EmulatorOptions { Checks = EmulatorChecks.All });
        foreach (var (here, there) in Run(host).Zip(Run(emulator)))
            Assert.That(there.Result.Loss, Is.EqualTo(here.Result.Loss).Within(1e-3 * here.Result.Loss));
    }

    private const int Count = 5;

    private static float[] Pixels(ImageSet images)
    {
        var pixels = new float[images.Count * images.Shape.Values];
        for (var i = 0; i < images.Count; i++)
            images.CopyImage(i, pixels.AsSpan(i * images.Shape.Values, images.Shape.Values));
        return pixels;
    }

    // By way of a graph of its own, in float64.
    private static double[] Distances(VisionTransformer model, float[] natural, float[] others)
    {
        using var pools = new LanePools(model.Device, model.Device.Lanes);
        float[] Features(float[] pixels)
        {
            var images = model.Device.Allocate<float>(pixels.Length);
            images.CopyFrom(pixels);
            var graph = new Graph(pools);
            graph.Begin();
            var features = model.Features(graph, graph.Input(images, model.ImageShape(pixels.Length))).Data.ToArray();
            graph.End();
            images.Buffer.Dispose();
            return features;
        }

        var (f, g) = (Features(natural), Features(others));
        var values = (model.Encoder.Patches + 1) * model.Encoder.Embed;
        return [.. f.Zip(g, (a, b) => Math.Pow((double)a - b, 2)).Chunk(values).Select(chunk => chunk.Sum())];
    }
}
