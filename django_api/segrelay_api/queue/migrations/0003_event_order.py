from django.db import migrations, models

import segrelay_api.queue.event_order


class Migration(migrations.Migration):

    dependencies = [
        ('queue', '0002_deepened'),
    ]

    operations = [
        migrations.AddField(
            model_name='requestevent',
            name='transaction_number',
            field=models.BigIntegerField(db_default=segrelay_api.queue.event_order.CurrentTransaction(), editable=False),
        ),
        migrations.AddIndex(
            model_name='requestevent',
            index=models.Index(fields=['transaction_number', 'id'], name='events_in_order'),
        ),
    ]
