using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Training;

/// <summary>Known values, with the rates that the recipes' defaults give.</summary>
[TestFixture]
internal sealed class CosineScheduleTests
{
    private static readonly DataRecipe s_data = new() { Path = "digits" };

    [TestCase(0, 0)]
    [TestCase(2.5, 0.0125)]
    [TestCase(5, 0.025)]
    [TestCase(27.5, 0.0125005)]
    [TestCase(49.99, 1.00305e-6)]
    public void FineTuningHasItsKnownRates(double epoch, double rate) =>
        Assert.That(new FinetuneRecipe { Data = s_data }.Optimiser.Schedule.At(epoch), Is.EqualTo(rate).Within(1e-5 * rate));

    [TestCase(0, 0)]
    [TestCase(20, 1.5e-4)]
    [TestCase(40, 3e-4)]
    [TestCase(420, 1.5e-4)]
    public void PretrainingHasItsKnownRates(double epoch, double rate)
    {
        var recipe = new PretrainRecipe { Data = s_data };
        var published = recipe.Optimiser with { Batch = 512 };
        Assert.That(published.Schedule.At(epoch), Is.EqualTo(rate).Within(1e-9 * rate));
        Assert.That((published with { Batch = 128, Accumulate = 4 }).Schedule.At(epoch), Is.EqualTo(rate).Within(1e-9 * rate));
    }

    [Test]
    public void FineTuningOnCifarReachesThePublishedPeak() =>
        Assert.That(new FinetuneRecipe { Data = s_data }.Optimiser.Rate, Is.EqualTo(0.025).Within(1e-12));

    [Test]
    public void WithoutWarmupItStartsAtThePeakAndEndsAtTheFloor()
    {
        var schedule = new CosineSchedule(2, 0.5, 0, 10);
        Assert.That(schedule.At(0), Is.EqualTo(2));
        Assert.That(schedule.At(10), Is.EqualTo(0.5).Within(1e-12));
    }
}
