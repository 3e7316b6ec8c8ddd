using Mimir.Cli.Output;
using Mimir.Runtime.Ablation;
using Mimir.Runtime.Recipes;

namespace Mimir.Cli.Tests.Output;

internal sealed class AblationTextTests
{
    private static readonly string[] s_arms = ["scratch", "adv-mae", "mimir-hsic-cca-0.01"];

    [Test]
    public void WhatDoesNotFavourTheMethodIsSaidAsPlainly()
    {
        // Of 40 images adv-mae has 30 right, mimir 20 of them, scratch other 10 and 19 of adv-mae's.
        var adversarial = new string('1', 30) + new string('0', 10);
        var mimir = new string('1', 20) + new string('0', 20);
        var scratch = new string('0', 11) + new string('1', 29);
        var lines = AblationText.Findings(Table(1, (_, arm) => arm switch { "scratch" => scratch, "adv-mae" => adversarial, _ => mimir })).ToArray();
        Assert.Multiple(() =>
        {
            // 10 against 0 disagreements: Clopper and Pearson [0.6915, 1] of them, so -25 points [-25, -9.6], p = 2 / 1024.
            Assert.That(lines[0], Is.EqualTo("natural, against adv-mae: significantly worse: mimir-hsic-cca-0.01 by 25.0 points [-25.0, -9.6] (p 0.0020)."));
            Assert.That(lines[1], Is.EqualTo("natural, against scratch: no significant difference: adv-mae, mimir-hsic-cca-0.01."));
            Assert.That(lines[2], Is.EqualTo("Each of the 3 comparisons is judged by its own 95 % interval: were there no difference anywhere, 0.2 of them would still be called significant."));
            Assert.That(lines[3], Does.Contain("--seeds can"));
            Assert.That(lines, Has.Length.EqualTo(4));
        });
    }

    [Test]
    public void SeveralSeedsAreJudgedByTheirScatter()
    {
        // Gains of 20, 30 and 10 points of 10 images: 20 +- 4.303 * 10 / sqrt(3) is not significant; 20, 20 and 30 is: 23.3 +- 14.3.
        string Right(int count) => new string('1', count) + new string('0', 10 - count);
        string[] Lines(params int[] gains) => [.. AblationText.Findings(Table(3, (seed, arm) => Right(arm.StartsWith("mimir", StringComparison.Ordinal) ? 5 + gains[seed] : 5)))];
        Assert.Multiple(() =>
        {
            Assert.That(Lines(2, 3, 1)[0], Is.EqualTo("natural, against adv-mae: no significant difference: mimir-hsic-cca-0.01."));
            Assert.That(Lines(2, 2, 3)[0], Is.EqualTo("natural, against adv-mae: significantly better: mimir-hsic-cca-0.01 by 23.3 points [+9.0, +37.7]."));
            Assert.That(Lines(2, 2, 3), Has.None.Contains("--seeds"));
        });
    }

    [Test]
    public void CatastrophicOverfittingIsSaidFirst()
    {
        var lines = AblationText.Findings(Table(1, (_, _) => "10", overfitted: 2)).ToArray();
        Assert.That(lines[0], Is.EqualTo("scratch overfitted catastrophically in epoch 2 of its adversarial training, which says nothing of its pre-training."));
        Assert.That(lines[1], Does.StartWith("adv-mae overfitted"));
        Assert.That(AblationText.Findings(Table(2, (_, _) => "10", overfitted: 2)).First(), Does.StartWith("scratch with seed 0 overfitted"));
    }

    [Test]
    public void TheTablesNameEveryArmTwice()
    {
        using var output = new StringWriter { NewLine = "\n" };
        AblationText.Write(Table(1, (_, _) => "10"), output);
        var lines = output.ToString().Split('\n');
        Assert.Multiple(() =>
        {
            Assert.That(lines[0], Does.Match("^arm +estimator +lambda +natural +natural - adv-mae +natural - scratch$"));
            Assert.That(lines[3], Does.Match(@"^mimir-hsic-cca-0.01 +hsic-cca +0.01 +50.0 % +\+- 50.0 +0.0 +\[-84.2, \+84.2\] +0.0 +\[-84.2, \+84.2\]$"));
            foreach (var arm in s_arms)
                Assert.That(lines.Count(line => line.StartsWith(arm + " ", StringComparison.Ordinal)), Is.EqualTo(2), arm);
            Assert.That(lines, Has.Some.Match("^scratch +- +- +- +- +- +- +- +8.0 +40 +1.0$"));
            Assert.That(lines, Has.Some.Match(@"^mimir-hsic-cca-0.01 +4.0 +80 +0.5000 +1.0e-1 +1.0e-2 +3 +0.250 +8.0 +40 +1.0$"));
        });
    }

    private static AblationTable Table(int seeds, Func<int, string, string> right, int? overfitted = null)
    {
        var recipe = AblationRecipe.Digits(quick: true) with { Arms = s_arms, Seeds = [.. Enumerable.Range(0, seeds).Select(seed => (ulong)seed)] };
        var results = from seed in Enumerable.Range(0, seeds)
                      from arm in s_arms.Select(AblationArm.Parse)
                      select new ArmResult(
                          arm, (ulong)seed,
                          arm.Method is null ? null : new StageFigures(4, 80, 0.6, 0.5, arm.Estimator is null ? null : 0.1, arm.Estimator is null ? null : 0.01, arm.Estimator is null ? null : 3),
                          new StageFigures(8, 40, 2, OverfittedEpoch: overfitted),
                          new ArmEvaluation
                          {
                              Recipe = new EvaluateRecipe { Checkpoint = "", Data = new DataRecipe { Path = "digits" } },
                              Columns = [new EvaluatedColumn("natural", right(seed, arm.Name))],
                              Hsic = arm.Estimator is null ? null : 0.25,
                              Seconds = 1,
                          });
        return AblationTable.Of(recipe, [.. results]);
    }
}
