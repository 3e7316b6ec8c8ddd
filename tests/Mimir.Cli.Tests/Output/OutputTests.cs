using Mimir.Cli.Output;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Tests.Output;

internal sealed class OutputTests
{
    [TestCase(4.24, ExpectedResult = "4.2 s")]
    [TestCase(185, ExpectedResult = "3 min 05 s")]
    [TestCase(7800, ExpectedResult = "2 h 10 min")]
    [TestCase(3.2 * 86400, ExpectedResult = "3 d 04 h")]
    [TestCase(double.PositiveInfinity, ExpectedResult = "years")]
    public string DurationsAreShort(double seconds) => Duration.Describe(seconds);

    [Test]
    public void TablesAlign()
    {
        var table = new TextTable(("name", false), ("count", true));
        table.Add("a", "1");
        table.Add("longer", "12345678");
        using var output = new StringWriter { NewLine = "\n" };
        table.Write(output);
        Assert.That(output.ToString(), Is.EqualTo("name       count\na              1\nlonger  12345678\n"));
    }

    [TestCase(OverfittingResponse.Report, "the run goes on (--on-overfitting stop or rollback ends it)", "done: epoch 7/30")]
    [TestCase(OverfittingResponse.Stop, "the run ends here", "ended by --on-overfitting stop after epoch 7/30")]
    [TestCase(
        OverfittingResponse.Rollback, "the run ends here with the weights of epoch 6", "ended by --on-overfitting rollback after epoch 7/30, with the weights of epoch 6")]
    public void OverfittingIsToldWithItsFigures(OverfittingResponse response, string consequence, string ending)
    {
        var overfitting = new Overfitting(0.452, 0.021, 0.6, 0.83, response);
        Assert.That(TrainingDisplay.Warning(7, overfitting), Is.EqualTo(
            "WARNING: in epoch 7 accuracy under PGD-5 fell from 45.2 % to 2.1 %, while accuracy under the training attack rose from 60.0 % to 83.0 %: "
            + $"catastrophic overfitting; {consequence}"));
        Assert.That(
            TrainingDisplay.Warning(7, overfitting with { AttackedNow = 0.5 }),
            Does.Contain("and accuracy under the training attack fell from 60.0 % to 50.0 %: the model got worse altogether; "));
        var report = new EpochReport(7, 30, 70, 0.1, new Dictionary<string, double>(), 1, 1) { Overfitting = overfitting };
        Assert.That(TrainingDisplay.Ending(report), Does.StartWith(ending));
    }

    [Test]
    public void TextBreaksAtSpaces() => Assert.That(Wrapping.Lines("one two three four", 9), Is.EqualTo(new[] { "one two", "three", "four" }));

    [Test]
    public void PlainProgressKeepsItsInterval()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var never = new PlainProgress(output, double.PositiveInfinity);
        never.Report(0.5, "half");
        never.Line("stays");
        new PlainProgress(output, interval: 0).Report(0.5, "shown");
        Assert.That(output.ToString(), Is.EqualTo("stays\nshown\n"));
    }

    [Test]
    public void ALiveBarRunsItsWork()
    {
        using var output = new StringWriter();
        var result = LiveProgress.Run(output, display =>
        {
            display.Report(0.5, "[half]");
            display.Line("a line [with brackets]");
            return 7;
        });
        Assert.That(result, Is.EqualTo(7));
        Assert.That(output.ToString(), Does.Contain("a line [with brackets]"));
    }
}
