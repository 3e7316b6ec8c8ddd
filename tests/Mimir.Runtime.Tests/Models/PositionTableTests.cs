using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Models;

[TestFixture]
internal sealed class PositionTableTests
{
    /// <summary>Eight channels, three by three patches.</summary>
    [TestCase(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, Description = "the class token")]
    [TestCase(1, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, Description = "row 0, column 0")]
    [TestCase(2, 0.84147, 0.01, 0.5403, 0.99995, 0.0, 0.0, 1.0, 1.0, Description = "row 0, column 1")]
    [TestCase(4, 0.0, 0.0, 1.0, 1.0, 0.84147, 0.01, 0.5403, 0.99995, Description = "row 1, column 0")]
    public void RowsHaveTheirKnownValues(int token, params double[] expected)
    {
        var table = PositionTable.Create(8, 3);
        Assert.That(table, Has.Length.EqualTo(10 * 8));
        for (var i = 0; i < expected.Length; i++)
            Assert.That(table[token * 8 + i], Is.EqualTo(expected[i]).Within(5e-6), $"channel {i}");
    }
}
