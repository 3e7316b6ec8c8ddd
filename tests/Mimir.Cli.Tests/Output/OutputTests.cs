using Mimir.Cli.Output;

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
