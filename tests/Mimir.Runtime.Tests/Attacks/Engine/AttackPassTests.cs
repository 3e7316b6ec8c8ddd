using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Tests.Attacks;

[TestFixture]
internal sealed class AttackPassTests
{
    private static readonly int[] s_chosen = [.. Enumerable.Range(0, 23).Where(i => i % 5 != 3)];

    [Test]
    public void ResultsDependNeitherOnThreadsNorOnTheBatch()
    {
        AttackOutcome[]? expected = null;
        foreach (var threads in new[] { 1, 2, 3 })
        foreach (var batch in new[] { 1, 4, 64 })
        {
            using var device = new HostDevice(threads);
            using var model = TinyModels.SteepClassifier(device);
            var results = TinyAttacks.Run(Pgd, model, TinyAttacks.Images(model), s_chosen, batch);
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
        var together = TinyAttacks.Run(Pgd, model, TinyAttacks.Images(model), s_chosen);
        var alone = TinyAttacks.Run(Pgd, model, TinyAttacks.Images(model), [s_chosen[7]]);
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
        var images = TinyAttacks.Images(model);
        var sink = new RecordingSink(() => cancellation.Cancel());
        Assert.Throws<OperationCanceledException>(() => pass.Run(Pgd, images, s_chosen, sink, cancellation.Token));
        Assert.That(sink.Results, Has.Count.InRange(1, s_chosen.Length - 1));
        Assert.Throws<InvalidOperationException>(
            () => pass.Run(Pgd, images, s_chosen, new RecordingSink(() => throw new InvalidOperationException("sink")), default));
    }

    private static PgdAttack Pgd => new(new AttackBudget(8f / 255, 2f / 255, 5)) { Restarts = 2 };
}
