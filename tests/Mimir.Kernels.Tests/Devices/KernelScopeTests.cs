using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels.Tests.Devices;

/// <summary>What a listener hears of a kernel call.</summary>
internal sealed class KernelScopeTests
{
    [TestCase(true, false, false, "bias")]
    [TestCase(true, true, false, "bias, GELU")]
    [TestCase(true, false, true, "bias, residual")]
    [TestCase(false, true, true, "GELU, residual")]
    [TestCase(false, false, false, "")]
    public void AProductTellsItsSizesAndItsForm(bool bias, bool gelu, bool residual, string form)
    {
        using var device = new HostDevice(1);
        using var weight = new PackedWeight(device, outputs: 5, inputs: 3);
        weight.Pack(Zeros(device, 15));
        var epilogue = new LinearEpilogue
        {
            Bias = bias ? Zeros(device, 5) : default,
            Gelu = gelu,
            Residual = residual ? Zeros(device, 20) : default,
        };
        var (x, y) = (Zeros(device, 12), Zeros(device, 20));
        var call = Hear(device, () => MatMul.Forward(x, weight, 4, epilogue, y)).Single();
        Assert.Multiple(() =>
        {
            Assert.That(call.Kernel, Is.EqualTo("MatMul.Forward"));
            Assert.That(call.Shape, Is.EqualTo(new KernelShape(4, 3, 5, Form: form)));
            Assert.That(call.Shape.ToString(), Is.EqualTo("4x3x5"));
            Assert.That(call.Flops, Is.EqualTo(2.0 * 4 * 3 * 5));
            Assert.That(call.Bytes, Is.EqualTo(4.0 * (12 + 15 + 20 + (residual ? 20 : 0))));
            Assert.That(call.EndTicks, Is.GreaterThanOrEqualTo(call.StartTicks));
        });
    }

    [Test]
    public void ACallHasAllLanesOutsideOfTasksAndOneInside()
    {
        using var device = new HostDevice(3);
        var y = Zeros(device, 64);
        Assert.That(Hear(device, () => Elementwise.Fill(0, y)).Single().Lanes, Is.EqualTo(3));
        var inside = Hear(device, () => device.Run(new Fill(y), 3));
        Assert.That(inside.Select(call => call.Lanes), Is.EqualTo(new[] { 1, 1, 1 }));
        Assert.That(inside.Select(call => call.Lane), Is.EquivalentTo(new[] { 0, 1, 2 }));
        Assert.That(Hear(device, () => device.Run(new Fill(y), 1)).Single().Lanes, Is.EqualTo(3), "a single task leaves the team to its kernels");
    }

    [Test]
    public void ShapesShowOnlyTheSizesThatThereAre() => Assert.Multiple(() =>
    {
        Assert.That(new KernelShape(7).ToString(), Is.EqualTo("7"));
        Assert.That(new KernelShape(7, 8).ToString(), Is.EqualTo("7x8"));
        Assert.That(new KernelShape(7, 8, 9, 10, "form").ToString(), Is.EqualTo("7x8x9x10"));
    });

    [Test]
    public void ACallThatNobodyHearsAllocatesNothing()
    {
        using var device = new HostDevice(1);
        var y = Zeros(device, 64);
        KernelInvariants.AssertNoAllocation(() => Elementwise.Fill(0, y), "Elementwise.Fill");
    }

    private static DeviceSpan<float> Zeros(HostDevice device, long count)
    {
        var span = device.Allocate<float>(count);
        span.Clear();
        return span;
    }

    private static List<KernelCall> Hear(HostDevice device, Action action)
    {
        var ear = new Ear();
        device.Listener = ear;
        action();
        device.Listener = null;
        return ear.Calls;
    }

    private sealed class Fill(DeviceSpan<float> y) : ITeamWork
    {
        public void Run(int task, int lane) => Elementwise.Fill(0, y.Slice(16 * task, 16));
    }

    private sealed class Ear : IKernelListener
    {
        public List<KernelCall> Calls { get; } = [];

        public void OnKernel(in KernelCall call)
        {
            lock (Calls)
                Calls.Add(call);
        }
    }
}
