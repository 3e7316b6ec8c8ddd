using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Benchmarks;

namespace Mimir.Runtime.Tests.Benchmarks;

internal sealed class ResidentMemoryTests
{
    private const long Large = 64 << 20;
    private const long Most = Large / 8 * 7; // other threads of the test process come and go

    [Test]
    public void WorkIsChargedWithItsOwnMemoryOnly()
    {
        using var device = new HostDevice(1);
        ResidentMemory.GiveBack();
        if (!ResidentMemory.TryResetPeak())
            Assert.Ignore("this system does not reset a process's peak");
        var before = ResidentMemory.Peak(reset: true);
        Use(device, Large);
        var during = ResidentMemory.Peak(reset: true);
        ResidentMemory.GiveBack();
        Assert.That(ResidentMemory.TryResetPeak(), Is.True);
        var after = ResidentMemory.Peak(reset: true);
        Assert.That(during - before, Is.GreaterThan(Most), "memory that was given back before the question counts");
        Assert.That(during - after, Is.GreaterThan(Most), "and does not count for what comes next");
    }

    [Test]
    public void WithoutAPeakItTellsWhatIsResidentNow() => Assert.That(ResidentMemory.Peak(reset: false), Is.GreaterThan(1 << 20));

    private static void Use(HostDevice device, long bytes)
    {
        var span = device.Allocate<float>(bytes / sizeof(float));
        Elementwise.Fill(1, span);
        span.Buffer.Dispose();
    }
}
