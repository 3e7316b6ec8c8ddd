using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Tests.Attacks;

[TestFixture]
internal sealed class SlotNumbersTests
{
    [Test]
    public void ColumnsArriveInOnePieceAndApart()
    {
        using var device = new HostDevice(1);
        using var numbers = new SlotNumbers(device, 3, 1, 2, 0, 1);
        for (var slot = 0; slot < 3; slot++)
        {
            numbers.Whole(0, slot)[0] = slot;
            numbers.Float(1, slot)[0] = slot + 0.25f;
            numbers.Float(1, slot)[1] = -slot;
            numbers.Whole(3, slot)[0] = 10 * slot;
        }

        numbers.Send();
        Assert.That(numbers.WholeThere(0, 2).ToArray(), Is.EqualTo(new[] { 0, 1 }));
        Assert.That(numbers.FloatThere(1, 3).ToArray(), Is.EqualTo(new[] { 0.25f, 0f, 1.25f, -1f, 2.25f, -2f }));
        Assert.That(numbers.WholeThere(2, 3).IsEmpty);
        Assert.That(numbers.WholeThere(3, 3).ToArray(), Is.EqualTo(new[] { 0, 10, 20 }));
    }
}
