using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Tests.Attacks;

[TestFixture]
internal sealed class AttackBudgetTests
{
    [TestCase("8/255", 8f / 255)]
    [TestCase("8", 8f / 255)]
    [TestCase("1", 1f / 255, Description = "a number of 1 and more is in 255ths")]
    [TestCase("255", 1f)]
    [TestCase("2.5", 2.5f / 255)]
    [TestCase("0.03", 0.03f)]
    [TestCase("0.999", 0.999f)]
    [TestCase("0", 0f)]
    [TestCase("0/255", 0f)]
    [TestCase("1/1", 1f)]
    [TestCase("1/2", 0.5f)]
    [TestCase("0.5/255", 0.5f / 255)]
    [TestCase(" 8 / 255 ", 8f / 255)]
    [TestCase("1e-2", 0.01f)]
    public void LengthsAreRead(string text, float length) => Assert.That(AttackBudget.ParseLength(text), Is.EqualTo(length));

    [TestCase("")]
    [TestCase("eight")]
    [TestCase("256")]
    [TestCase("-1")]
    [TestCase("-1/255")]
    [TestCase("8/")]
    [TestCase("/255")]
    [TestCase("8/0")]
    [TestCase("8/-255")]
    [TestCase("300/255")]
    [TestCase("8/255/1")]
    [TestCase("8,5")]
    [TestCase("NaN")]
    [TestCase("Infinity")]
    [TestCase("8/NaN")]
    [TestCase("8/Infinity")]
    public void OtherTextsAreRefused(string text) =>
        Assert.That(() => AttackBudget.ParseLength(text), Throws.TypeOf<FormatException>().With.Message.Contains($"'{text}'"));

    [TestCase(8f / 255, "8/255")]
    [TestCase(2.5f / 255, "2.5/255")]
    [TestCase(0f, "0/255")]
    [TestCase(1f, "255/255")]
    [TestCase(0.03f, "0.03")]
    public void LengthsAreWrittenAsPeopleDo(float length, string text)
    {
        Assert.That(AttackBudget.Describe(length), Is.EqualTo(text));
        Assert.That(AttackBudget.ParseLength(text), Is.EqualTo(length));
    }
}
