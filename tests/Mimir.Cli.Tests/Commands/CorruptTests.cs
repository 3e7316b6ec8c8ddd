namespace Mimir.Cli.Tests.Commands;

internal sealed class CorruptTests : RunsFixture
{
    [Test]
    public void PrintsARowACorruptionAndTheMean()
    {
        var run = CommandRun.Of(Corrupt("--corruptions", "contrast,fog,frost", "--extra", "--severities", "1,5", "--sheet", In("sheet.png"))).RequireDone();
        var lines = run.Out.TrimEnd().Split(Environment.NewLine);
        Assert.That(lines[0], Does.Match("^corruption +1 +5 +mean$"));
        Assert.That(lines.Skip(1).Take(6).Select(line => line.Split("  ")[0]), Is.EqualTo(new[]
        {
            "fog", "contrast", "mean of 2 x 2 (of 15)", "speckle_noise", "gaussian_blur", "spatter",
        }).AsCollection);
        Assert.That(run.Out, Does.Match("natural [0-9.]+ % .*of 20 images").And.Contain("generated, not comparable with CIFAR-10-C; constants for 32x32, lengths scaled to 8x8"));
        Assert.That(run.Out, Does.Contain("without frost: it needs photographs").And.Contain("without saturate: grey images have no saturation"));
        Assert.That(File.Exists(In("sheet.png")), Is.True);
    }

    [Test]
    public void WhatIsKeptGivesTheSameAccuraciesWhenItIsRead()
    {
        string[] what = ["--corruptions", "snow,elastic_transform,jpeg_compression", "--json"];
        var generated = Json(CommandRun.Of(Corrupt([.. what, "--out", In("kept")])));
        var read = Json(CommandRun.Of(Corrupt([.. what, "--files", In("kept")])));
        foreach (var part in new[] { "corruptions", "mean", "natural", "images", "mean_over" })
            Assert.That(read[part]!.ToJsonString(), Is.EqualTo(generated[part]!.ToJsonString()), part);
        Assert.That((string)read["files"]!, Is.EqualTo(In("kept")));
        Assert.That(generated["files"], Is.Null);
        CommandRun.Of(Corrupt("--corruptions", "snow", "--out", In("kept"))).RequireFailure(
            ExitCode.Failed, $"--out {In("kept")} already holds snow.npy; choose another folder, or leave snow out of --corruptions");
    }

    [Test]
    public void TheSeedDecidesWhatIsGenerated()
    {
        byte[] Run(string seed, string folder)
        {
            CommandRun.Of(Corrupt("--corruptions", "glass_blur", "--seed", seed, "--out", In(folder))).RequireDone();
            return File.ReadAllBytes(Path.Combine(In(folder), "glass_blur.npy"));
        }

        var (first, again, other) = (Run("3", "first"), Run("3", "again"), Run("4", "other"));
        Assert.That(again, Is.EqualTo(first).AsCollection);
        Assert.That(other, Is.Not.EqualTo(first).AsCollection);
    }

    [Test]
    public void AnInterruptedEvaluationSaysSo()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var run = CommandRun.Of(stop.Token, Corrupt());
        Assert.That(run.Code, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(run.Error.TrimEnd(), Does.EndWith("mimir: interrupted before the first corruption was done; nothing is kept"));
        Assert.That(run.Out, Is.Empty);
    }

    [Test]
    public void WrongOptionsAreNamed()
    {
        CommandRun.Of(Corrupt("--corruptions", "fogg")).RequireUsage("--corruptions 'fogg' is unknown; did you mean fog?");
        CommandRun.Of(Corrupt("--severities", "0,1")).RequireUsage("--severities 0 must be at least 1");
        CommandRun.Of(Corrupt("--severities", "6")).RequireUsage("--severities 6 must be at most 5");
        CommandRun.Of(Corrupt("--files", In("none"))).RequireUsage($"--files {In("none")} does not exist");
        CommandRun.Of(Corrupt("--corruptions", "frost")).RequireUsage("nothing is left to measure: frost: it needs photographs");
        CommandRun.Of(Corrupt("--severities", "1", "--out", In("new"))).RequireUsage("--out needs all severities");
        File.WriteAllText(In("taken.png"), "");
        CommandRun.Of(Corrupt("--sheet", In("taken.png"))).RequireUsage($"--sheet {In("taken.png")} exists already");
    }

    private string[] Corrupt(params string[] more) => ["corrupt", "--checkpoint", Classifier, "--data", "digits", "--limit", "20", "--threads", "1", .. more];
}
