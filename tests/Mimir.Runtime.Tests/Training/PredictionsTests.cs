using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Training;

[TestFixture]
internal sealed class PredictionsTests
{
    [TestCase(1, 0f, 3f, 2f)]
    [TestCase(0, 5f, 5f, 5f, Description = "the first of equals")]
    [TestCase(2, -3f, -2f, -1f)]
    [TestCase(-1, 0f, float.NaN, 9f, Description = "a broken model is never right")]
    [TestCase(1, 0f, float.PositiveInfinity, 9f)]
    public void TheLargestLogitWins(int expected, params float[] logits) => Assert.That(Predictions.ArgMax(logits), Is.EqualTo(expected));
}
