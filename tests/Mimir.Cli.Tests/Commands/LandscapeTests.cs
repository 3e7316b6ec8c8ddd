namespace Mimir.Cli.Tests.Commands;

internal sealed class LandscapeTests : RunsFixture
{
    [Test]
    public void InputSurfacesAreWrittenAsNumbersAndPictures()
    {
        var report = Json(CommandRun.Of(Landscape("--out", In("input"), "--json")));
        Assert.That(Directory.GetFiles(In("input")).Select(Path.GetFileName).Order(StringComparer.Ordinal), Is.EqualTo(new[]
        {
            "config.json", "input-first.csv", "input-first.png", "input-mean.csv", "input-mean.png",
        }).AsCollection);
        var lines = File.ReadAllLines(Path.Combine(In("input"), "input-mean.csv"));
        Assert.That(lines, Has.Length.EqualTo(26));
        var origin = lines[13].Split(',');
        Assert.That(origin[..2], Is.EqualTo(new[] { "0", "0" }).AsCollection);
        Assert.That(double.Parse(origin[2]), Is.EqualTo((double)report["surfaces"]![0]!["origin_loss"]!));
        Assert.That((string)report["kind"]!, Is.EqualTo("input"));
    }

    [Test]
    public void WeightSurfacesAreRepeatable()
    {
        string Csv(string name)
        {
            CommandRun.Of(Landscape("--kind", "weight", "--steps", "2", "--out", In(name))).RequireDone();
            return File.ReadAllText(Path.Combine(In(name), "weight.csv"));
        }

        Assert.That(Csv("weight-1"), Is.EqualTo(Csv("weight-2")));
    }

    [Test]
    public void AnInterruptedSurfaceLeavesNothing()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var run = CommandRun.Of(stop.Token, Landscape("--out", In("interrupted")));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(Directory.Exists(In("interrupted")), Is.False);
    }

    [Test]
    public void WrongOptionsAreNamed()
    {
        CommandRun.Of(Landscape("--grid", "4")).RequireUsage("--grid 4 must be an odd number from 3 on");
        CommandRun.Of(Landscape("--eps", "0")).RequireUsage("--eps must be above 0");
        CommandRun.Of(Landscape("--steps", "3")).RequireUsage("--steps has no effect with --kind input");
        Directory.CreateDirectory(In("full"));
        File.WriteAllText(Path.Combine(In("full"), "a"), "");
        CommandRun.Of(Landscape("--out", In("full"))).RequireUsage($"--out {In("full")} is not empty; choose another folder");
    }

    private string[] Landscape(params string[] more) =>
        ["landscape", "--checkpoint", Classifier, "--data", "digits", "--samples", "8", "--threads", "1", .. more.Contains("--grid") ? more : ["--grid", "5", .. more]];
}
