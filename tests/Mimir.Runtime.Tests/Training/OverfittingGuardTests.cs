using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Tests.Data;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Training;

[TestFixture]
internal sealed class OverfittingGuardTests
{
    private static readonly AttackBudget s_budget = new(0.05f, 0.0125f, OverfittingGuard.Steps);
    private static readonly ImageSet s_images = SmallSets.Bytes(200, new ImageShape(3, 8, 8), TinyModels.Classes);

    [Test]
    public void ItsAccuracyIsThatOfPgdAndTheSameAtEveryLook()
    {
        double? first = null;
        foreach (var threads in new[] { 1, 2, 3 })
        {
            using var device = new HostDevice(threads);
            using var model = TinyModels.SteepClassifier(device);
            using var guard = new OverfittingGuard(model, s_images, batch: 16, s_budget, 3, OverfittingResponse.Report);
            var accuracy = guard.Accuracy();
            Assert.That(accuracy * OverfittingGuard.FewestImages, Is.EqualTo(Math.Round(accuracy * OverfittingGuard.FewestImages)).Within(1e-9), "of 128 images");
            Assert.That(guard.Accuracy(), Is.EqualTo(accuracy));
            first ??= accuracy;
            Assert.That(accuracy, Is.EqualTo(first), $"{threads} threads");
            using var harmless = new OverfittingGuard(model, s_images, batch: 16, s_budget with { Epsilon = 0 }, 3, OverfittingResponse.Report);
            Assert.That(accuracy, Is.LessThan(harmless.Accuracy()), "the attack attacks");
        }
    }

    [TestCase(OverfittingResponse.Report, false)]
    [TestCase(OverfittingResponse.Stop, true)]
    [TestCase(OverfittingResponse.Rollback, true)]
    public void ADropOfMoreThanAFifthIsReported(OverfittingResponse response, bool ends)
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.Classifier(device);
        using var guard = new OverfittingGuard(model, s_images, batch: 16, s_budget, 3, response);
        var now = guard.Accuracy();
        var report = new EpochReport(7, 30, 70, 0.1, new Dictionary<string, double> { ["loss"] = 1, [FinetuneTask.AttackedAccuracy] = 0.9 }, 1, 1);

        var (found, memory) = guard.Judge(report, new GuardMemory(now + 0.21, 0.6, false));
        Assert.That(found.Overfitting, Is.EqualTo(new Overfitting(now + 0.21, now, 0.6, 0.9, response)));
        Assert.That(found.Metrics, Is.EquivalentTo(new Dictionary<string, double> { ["loss"] = 1, ["attacked_accuracy"] = 0.9, ["guard_accuracy"] = now }));
        Assert.That(memory, Is.EqualTo(new GuardMemory(now, 0.9, ends)));

        foreach (var before in new[] { null, new GuardMemory(now + 0.19, 0.6, false), new GuardMemory(0, 0.6, false) })
        {
            (found, memory) = guard.Judge(report, before);
            Assert.That(found.Overfitting, Is.Null);
            Assert.That(memory.Ended, Is.False);
        }
    }
}
