using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <content>The host form: one task an image and head. Heads of up to eight channels have kernels of their own (<see cref="NarrowHead"/>).
/// For the others everything is blocked by query: scores of a block are kept transposed, [keys][queries], with vectors along the queries,
/// so that the softmax runs down the lanes without any reduction across them and no key is ever padded. Queries that would fill only a
/// corner of a vector go one by one (<see cref="SingleQuery"/>). All products go through <see cref="AttentionTile"/>.</content>
public static unsafe partial class Attention
{
    private static void ForwardOnHost(
        HostDevice host,
        DeviceSpan<float> qkv,
        int batch,
        int tokens,
        int heads,
        int headSize,
        DeviceSpan<float> y,
        DeviceSpan<float> logSumExp)
    {
        var shape = new AttentionShape(tokens, heads, headSize);
        var tasks = checked(batch * heads);
        if (headSize <= NarrowHead.Size)
            host.For(tasks, new NarrowForwardKernel { Shape = shape, Qkv = qkv.Host, Y = y.Host, LogSumExp = logSumExp.Host });
        else
            host.For(tasks, new AttentionForwardKernel { Shape = shape, Qkv = qkv.Host, Y = y.Host, LogSumExp = logSumExp.Host });
    }

    private static void BackwardOnHost(
        HostDevice host,
        DeviceSpan<float> dY,
        DeviceSpan<float> qkv,
        DeviceSpan<float> y,
        DeviceSpan<float> logSumExp,
        int batch,
        int tokens,
        int heads,
        int headSize,
        DeviceSpan<float> dQkv)
    {
        var shape = new AttentionShape(tokens, heads, headSize);
        var tasks = checked(batch * heads);
        if (headSize <= NarrowHead.Size)
        {
            host.For(tasks, new NarrowBackwardKernel
            {
                Shape = shape, DY = dY.Host, Qkv = qkv.Host, Y = y.Host, LogSumExp = logSumExp.Host, DQkv = dQkv.Host,
            });
        }
        else
        {
            host.For(tasks, new AttentionBackwardKernel
            {
                Shape = shape, DY = dY.Host, Qkv = qkv.Host, Y = y.Host, LogSumExp = logSumExp.Host, DQkv = dQkv.Host,
            });
        }
    }
}
