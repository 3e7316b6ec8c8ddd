using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Runtime.Tests.Models;

/// <summary>A device whose memory has sizes and no content, so that large models can be laid out and counted.</summary>
internal sealed class AddressOnlyDevice : Device
{
    public override DeviceId Id => new(DeviceKind.Emulator);

    public override string Description => "no memory";

    public override int Lanes => 1;

    public override void Run(ITeamWork work, int tasks) => throw new NotSupportedException();

    public override DeviceBuffer Allocate(long bytes) => new Addresses(this, bytes);

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Addresses(Device device, long bytes) : DeviceBuffer(device, bytes)
    {
        public override void Write(long offset, ReadOnlySpan<byte> source) => throw new NotSupportedException();

        public override void Read(long offset, Span<byte> destination) => throw new NotSupportedException();

        public override void Clear(long offset, long bytes)
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
