using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Benchmarks;

/// <summary>Keeps every kernel call, a list a lane: a lane is one thread, so nothing is locked.</summary>
internal sealed class CallRecorder : IKernelListener
{
    private readonly List<KernelCall>[] _calls;

    public CallRecorder(int lanes) => _calls = [.. Enumerable.Range(0, lanes).Select(_ => new List<KernelCall>())];

    /// <summary>All calls, lane by lane, each lane's in order.</summary>
    public IEnumerable<KernelCall> Calls => _calls.SelectMany(calls => calls);

    /// <summary>Forgets the calls but keeps the room, so that recording the same again allocates nothing.</summary>
    public void Clear()
    {
        foreach (var calls in _calls)
            calls.Clear();
    }

    /// <inheritdoc/>
    public void OnKernel(in KernelCall call) => _calls[call.Lane].Add(call);
}
